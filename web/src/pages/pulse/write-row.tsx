/** One write to Intercom: which attributes of which contact went from what to what. */
import { VisuallyHidden } from "@mantine/core";
import { IconExternalLink, IconUserCheck, IconUserPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PulseWrite } from "../../../../contract/pulse.ts";
import { useFormat } from "../../format/use-format.ts";
import { Ago } from "./ago.tsx";
import { ChangeList } from "./change-list.tsx";
import classes from "./feeds.module.css";

/** The row; `now` is the server's clock. */
export function WriteRow({ write, now }: { readonly write: PulseWrite; readonly now: string }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const customer = write.customerLabel ?? write.customerId;
  const created = write.kind === "create";
  const Sign = created ? IconUserPlus : IconUserCheck;
  return (
    <article className={classes["row"]}>
      <span className={classes["icon"]} data-tone="write" aria-hidden="true">
        <Sign size={18} stroke={1.7} />
      </span>
      <div className={classes["body"]}>
        <p className={classes["what"]}>
          <ContactName name={customer} url={write.contactUrl} />
        </p>
        <p className={classes["about"]}>
          <span>{t(created ? "feed.created" : "feed.updated")}</span>
          {write.lagMs !== null && <span>{t("feed.took", { duration: format.duration(write.lagMs) })}</span>}
          <span className={classes["badge"]} data-lane={write.lane}>
            {t(`lane.${write.lane}`)}
          </span>
        </p>
        <ChangeList changes={write.changes} voice="exact" />
      </div>
      <Ago at={write.at} now={now} />
    </article>
  );
}

function ContactName({ name, url }: { readonly name: string; readonly url: string | null }): ReactNode {
  const { t } = useTranslation();
  if (!url) return <strong>{name}</strong>;
  return (
    <a className={classes["open"]} href={url} target="_blank" rel="noreferrer" title={t("feed.open")}>
      {name}
      <IconExternalLink size={14} aria-hidden />
      <VisuallyHidden>{t("feed.open")}</VisuallyHidden>
    </a>
  );
}
