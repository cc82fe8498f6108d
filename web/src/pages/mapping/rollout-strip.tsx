/** How far the newest mapping has come on its way to all contacts. */
import { Progress } from "@mantine/core";
import { IconCircleCheck, IconProgress } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappingRollout } from "../../../../contract/mapping.ts";
import { isOver, rolloutQuery } from "../../api/mapping.ts";
import { useFormat } from "../../format/use-format.ts";
import { Announcer } from "../pulse/announcer.tsx";
import classes from "./mapping.module.css";
import { readRollout } from "./rollout-progress.ts";

/** The strip; nothing while no mapping was ever saved. */
export function RolloutStrip({ rollout: known }: { readonly rollout: MappingRollout | null }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: rollout } = useQuery(rolloutQuery(known));
  if (!rollout) return null;
  const { version, affected, contacts, doneAt, phase } = rollout;
  const { share, done, all } = readRollout(rollout);
  const over = isOver(rollout);
  const title = t(`rollout.${phase}`, { version });
  const Icon = over ? IconCircleCheck : IconProgress;
  return (
    <section className={classes["rollout"]} data-over={over || undefined} aria-label={t("rollout.title")}>
      <Announcer text={title} />
      <div className={classes["rolloutText"]}>
        <Icon size={18} aria-hidden />
        <strong>{title}</strong>
        <span className={classes["hint"]}>
          {over && doneAt !== null
            ? t("rollout.doneText", {
                at: format.moment(new Date(doneAt)),
                count: affected,
                contacts: format.number(contacts),
              })
            : t("rollout.progress", { done: format.number(done), all: format.number(all) })}
        </span>
      </div>
      {!over && <Progress value={share * 100} size={6} radius="xl" aria-label={t("rollout.title")} />}
    </section>
  );
}
