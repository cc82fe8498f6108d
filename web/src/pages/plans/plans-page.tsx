/** The Plans page: what a business sells, and what a customer would save. */
import "../../forms.css";
import { Tabs } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { plansQuery } from "../../api/plans.ts";
import { LoadProblem } from "../../page/load-problem.tsx";
import { PageHead } from "../../page/page-head.tsx";
import { PageSkeleton } from "../../page/page-skeleton.tsx";
import pageClasses from "../../page/page.module.css";
import { PlansEditor } from "./plans-editor.tsx";
import { ReceiptTab } from "./receipt-tab.tsx";

const tabs = ["plans", "receipt"] as const;
type Tab = (typeof tabs)[number];

/** The page at `/plans`. */
export function PlansPage(): ReactNode {
  const { t } = useTranslation();
  const { data, error, refetch, isFetching } = useQuery(plansQuery());
  const [tab, setTab] = useState<Tab>("plans");
  useDocumentTitle(`${t("shell.plans")} · Dunlin`);
  if (!data && !error) return <PageSkeleton title={t("shell.plans")} />;
  return (
    <div className={pageClasses["page"]}>
      <PageHead title={t("shell.plans")} lead={t("plans.lead")} />
      {error && !data && <LoadProblem error={error} busy={isFetching} onRetry={() => void refetch()} />}
      {data && (
        <Tabs value={tab} onChange={(value) => setTab(value === "receipt" ? "receipt" : "plans")}>
          <Tabs.List aria-label={t("plans.parts")}>
            {tabs.map((one) => (
              <Tabs.Tab key={one} value={one}>
                {t(`plans.tab.${one}`)}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="plans" className={pageClasses["panel"] ?? ""}>
            {/* A new version begins a new draft. */}
            <PlansEditor
              key={data.version}
              inForce={data}
              onReload={async () => {
                await refetch();
              }}
            />
          </Tabs.Panel>
          <Tabs.Panel value="receipt" className={pageClasses["panel"] ?? ""}>
            <ReceiptTab hasPlans={data.document !== null} onPlans={() => setTab("plans")} />
          </Tabs.Panel>
        </Tabs>
      )}
    </div>
  );
}
