/** What to know before reading on: the sandbox, loading history, paused connections, work for a person. */
import { IconAlertTriangle, IconBeach, IconHistory, IconPlayerPauseFilled } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import { useFormat } from "../../format/use-format.ts";
import { findText } from "../../i18n/texts.ts";
import { Notice } from "./notice.tsx";

const iconSize = 18;
const todo = { stripe: "connection.doStripe", intercom: "connection.doIntercom" } as const;

/** The strips under the headline; usually none or one. */
export function Notices({ pulse }: { readonly pulse: Pulse }): ReactNode {
  const { t, i18n } = useTranslation();
  const format = useFormat();
  const { sandbox, backfill, queue, connections } = pulse;
  return (
    <>
      {connections
        .filter(({ state }) => state === "paused")
        .map(({ vendor, reason }) => (
          <Notice
            key={vendor}
            tone="brick"
            icon={<IconPlayerPauseFilled size={iconSize} />}
            title={t("connection.pausedTitle", { vendor: t(`vendor.${vendor}`) })}
          >
            <p>{reason ?? t("connection.noReason")}</p>
            <p>{t(todo[vendor])}</p>
          </Notice>
        ))}
      {queue.dead > 0 && (
        <Notice tone="brick" icon={<IconAlertTriangle size={iconSize} />}>
          <p>{t("notice.dead", { count: queue.dead })}</p>
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
