/** One thing that is paused: what waits, who paused it, since when and why, and how it goes on. */
import { IconPlayerPauseFilled } from "@tabler/icons-react";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PauseEntry } from "../../../../contract/pauses.ts";
import { useFormat } from "../../format/use-format.ts";
import { Notice } from "../../page/notice.tsx";

const names = {
  all: "pause.scope.all",
  intake: "pause.scope.intake",
  intercom: "pause.scope.intercom",
  "lane:urgent": "pause.scope.urgent",
  "lane:calm": "pause.scope.calm",
  "lane:backfill": "pause.scope.backfill",
} as const;

/** The strip; red while a vendor refuses Dunlin, quiet when a person wanted it so. */
export function PauseNotice({ pause }: { readonly pause: PauseEntry }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { scope, by, since, until, reason } = pause;
  const start = format.moment(new Date(since));
  return (
    <Notice
      tone={by === "dunlin" ? "brick" : "sand"}
      icon={<IconPlayerPauseFilled size={18} />}
      title={t("pause.title", { what: nameOf(scope, t) })}
    >
      <p>{reason}</p>
      <p>
        {t(by === "dunlin" ? "pause.byDunlin" : by === "move" ? "pause.byMove" : "pause.byPerson", { since: start })}{" "}
        {until !== null && t("pause.until", { until: format.moment(new Date(until)) })}
      </p>
      {by === "person" && (
        <p>
          {t("pause.resume")} <code>dunlin resume {scope}</code>
        </p>
      )}
      {by === "dunlin" && <p>{t(todoOf(scope))}</p>}
    </Notice>
  );
}

function nameOf(scope: string, t: TFunction): string {
  const known = Object.entries(names).find(([name]) => name === scope)?.[1];
  if (known) return t(known);
  const account = scope.replace(/^stripe:/, "");
  return account === "main" ? t("pause.scope.stripe") : t("pause.scope.stripeAccount", { account });
}

function todoOf(scope: string): "connection.doIntercom" | "connection.doStripe" {
  return scope === "intercom" ? "connection.doIntercom" : "connection.doStripe";
}
