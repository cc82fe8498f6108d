/** What to know before reading on: the sandbox, loading history, what is paused, work for a person. */
import { IconAlertTriangle, IconBeach, IconHistory } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import { useFormat } from "../../format/use-format.ts";
import { findText } from "../../i18n/texts.ts";
import { Notice } from "../../page/notice.tsx";
import { PauseNotice } from "./pause-notice.tsx";

const iconSize = 18;

/** The strips under the headline; usually none or one. */
export function Notices({ pulse }: { readonly pulse: Pulse }): ReactNode {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { sandbox, backfill, queue, pauses } = pulse;
  return (
    <>
      {pauses.map((pause) => (
        <PauseNotice key={`${pause.scope} ${pause.by}`} pause={pause} />
      ))}
      {queue.dead > 0 && (
        <Notice tone="brick" icon={<IconAlertTriangle size={iconSize} />}>
          <p>
            {t("notice.dead", { count: queue.dead })} {t("notice.deadTodo")} <code>dunlin dead list</code>
          </p>
        </Notice>
      )}
      {backfill?.state === "running" && (
        <Notice tone="tide" icon={<IconHistory size={iconSize} />}>
          <p>
            {t("notice.backfill", {
              n: format.number(backfill.done),
              resource: findText(i18n, `resource.${backfill.resource}`) ?? backfill.resource,
            })}
          </p>
        </Notice>
      )}
      {sandbox && (
        <Notice tone="sand" icon={<IconBeach size={iconSize} />}>
          <p>
            {t("notice.sandbox")} <a href={sandbox.controlUrl}>{t("notice.control")}</a>
          </p>
        </Notice>
      )}
    </>
  );
}
