/** The versions that were saved, the newest first. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useFormat } from "../../format/use-format.ts";
import { Empty } from "../../page/empty.tsx";
import { Section } from "../../page/section.tsx";
import type { PartProps } from "./part-props.ts";
import classes from "./mapping.module.css";

/** The part. */
export function HistoryTab({ board }: PartProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  if (board.versions.length === 0) {
    return (
      <Section title={t("history.title")}>
        <Empty title={t("history.emptyTitle")}>
          <p>{t("history.emptyText", { name: board.name })}</p>
        </Empty>
      </Section>
    );
  }
  return (
    <Section title={t("history.title")} lead={t("history.lead")}>
      <ol className={classes["versions"]} aria-label={t("history.title")} reversed>
        {board.versions.map(({ version, savedAt, savedBy, note }) => (
          <li key={version} data-current={version === board.version || undefined}>
            <span className={classes["version"]}>{version}</span>
            <div>
              <p className={classes["note"]}>
                {note ?? <span className={classes["hint"]}>{t("history.noNote")}</span>}
              </p>
              <p className={classes["hint"]}>
                {t("history.saved", { at: format.moment(new Date(savedAt)), by: savedBy })}
                {version === board.version && <span className={classes["badge"]}>{t("history.inForce")}</span>}
              </p>
            </div>
          </li>
        ))}
      </ol>
    </Section>
  );
}
