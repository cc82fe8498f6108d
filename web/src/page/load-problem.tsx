/** What stands in place of a page whose data did not come. */
import { Button } from "@mantine/core";
import { IconPlugConnectedX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFailureText } from "./failure-text.ts";
import { Notice } from "./notice.tsx";
import classes from "./page.module.css";

type Props = { readonly error: Error; readonly onRetry: () => void; readonly busy: boolean };

/** Says why, and tries again on demand. */
export function LoadProblem({ error, onRetry, busy }: Props): ReactNode {
  const { t } = useTranslation();
  const failureText = useFailureText();
  return (
    <div className={classes["stack"]} role="alert">
      <Notice tone="brick" icon={<IconPlugConnectedX size={18} />} title={t("page.notLoaded")}>
        <p>{failureText(error)}</p>
      </Notice>
      <div>
        <Button variant="default" loading={busy} onClick={onRetry}>
          {t("page.retry")}
        </Button>
      </div>
    </div>
  );
}
