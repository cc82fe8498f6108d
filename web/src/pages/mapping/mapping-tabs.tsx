/** The parts of the mapping, one tab each. */
import { Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import pageClasses from "../../page/page.module.css";
import { AttributesTab } from "./attributes-tab.tsx";
import { CompaniesTab } from "./companies-tab.tsx";
import { EventsTab } from "./events-tab.tsx";
import { HistoryTab } from "./history-tab.tsx";
import type { PartProps } from "./part-props.ts";
import { mappingTabs, placeOf, type MappingTab } from "./places.ts";
import { PlanTab } from "./plan-tab.tsx";
import classes from "./mapping.module.css";
import { UsageTab } from "./usage-tab.tsx";

type Props = PartProps & { readonly tab: MappingTab; readonly onTab: (tab: MappingTab) => void };

const parts = {
  attributes: AttributesTab,
  companies: CompaniesTab,
  events: EventsTab,
  usage: UsageTab,
  plan: PlanTab,
  history: HistoryTab,
} as const;

/** The tabs; one with errors says so. */
export function MappingTabs({ tab, onTab, ...part }: Props): ReactNode {
  const { t } = useTranslation();
  const broken = new Set(
    part.problems.filter(({ severity }) => severity === "error").map(({ path }) => placeOf(path).tab),
  );
  const Part = parts[tab];
  return (
    <Tabs value={tab} onChange={(value) => onTab(mappingTabs.find((one) => one === value) ?? tab)} keepMounted={false}>
      <Tabs.List aria-label={t("mapping.parts")}>
        {mappingTabs.map((one) => (
          <Tabs.Tab key={one} value={one}>
            {t(`mapping.tab.${one}`)}
            {broken.has(one) && <span className={classes["dot"]} role="img" aria-label={t("draft.hasProblems")} />}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value={tab} className={pageClasses["panel"]}>
        <Part {...part} />
      </Tabs.Panel>
    </Tabs>
  );
}
