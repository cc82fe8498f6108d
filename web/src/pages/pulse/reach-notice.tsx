/** Says that the server does not answer, how old the picture is, and what to do. */
import { IconPlugConnectedX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ApiError } from "../../api/api-error.ts";
import { useFormat } from "../../format/use-format.ts";
import { Notice } from "../../page/notice.tsx";
import classes from "./pulse-view.module.css";

type Props = { readonly error: Error; readonly staleSeconds: number | null };

/** The strip above the page while calls fail. */
export function ReachNotice({ error, staleSeconds }: Props): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const kind = error instanceof ApiError && error.kind !== "signed-out" ? error.kind : "unreachable";
  return (
    <div className={classes["reach"]}>
      <Notice tone="brick" icon={<IconPlugConnectedX size={19} />} title={t(`reach.${kind}`)}>
        <p>
          {kind === "refused" ? error.message : t(`reach.${kind}Text`)}
          {staleSeconds !== null && ` ${t("reach.stale", { ago: format.secondsAgo(staleSeconds) })}`}
        </p>
      </Notice>
    </div>
  );
}
