/** The versions that were saved, the newest first. */
import { Button } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { readMappingVersion } from "../../api/mapping.ts";
import { useFormat } from "../../format/use-format.ts";
import { FailureNotice } from "../../page/failure-notice.tsx";
import { Empty } from "../../page/empty.tsx";
import { Section } from "../../page/section.tsx";
import type { PartProps } from "./part-props.ts";
import classes from "./mapping.module.css";

/** The part: any of them can become the draft. */
export function HistoryTab({ board, onDraft }: PartProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { mutate, isPending, error, variables } = useMutation({
    mutationFn: readMappingVersion,
    networkMode: "always",
    onSuccess: onDraft,
  });
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
      {error && <FailureNotice error={error} />}
      <ol className={classes["versions"]} aria-label={t("history.title")} reversed>
        {board.versions.map(({ version, savedAt, savedBy, note }) => (
          <li key={version} data-current={version === board.version || undefined}>
            <span className={classes["version"]}>{version}</span>
            <div className={classes["versionText"]}>
              <p className={classes["note"]}>
                {note ?? <span className={classes["hint"]}>{t("history.noNote")}</span>}
              </p>
              <p className={classes["hint"]}>
                {t("history.saved", { at: format.moment(new Date(savedAt)), by: savedBy })}
                {version === board.version && <span className={classes["badge"]}>{t("history.inForce")}</span>}
              </p>
            </div>
            {version !== board.version && (
              <Button
                variant="default"
                size="xs"
                loading={isPending && variables === version}
                aria-label={t("history.bringBackVersion", { version })}
                onClick={() => mutate(version)}
              >
                {t("history.bringBack")}
              </Button>
            )}
          </li>
        ))}
      </ol>
    </Section>
  );
}
