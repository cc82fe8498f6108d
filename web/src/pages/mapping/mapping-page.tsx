/** The Mapping page: what Intercom shows of billing, and why. */
import "../../forms.css";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { mappingQuery } from "../../api/mapping.ts";
import { LoadProblem } from "../../page/load-problem.tsx";
import { PageHead } from "../../page/page-head.tsx";
import { PageSkeleton } from "../../page/page-skeleton.tsx";
import pageClasses from "../../page/page.module.css";
import { MappingView } from "./mapping-view.tsx";
import type { MappingTab } from "./places.ts";

/** The page at `/mapping`. */
export function MappingPage(): ReactNode {
  const { t } = useTranslation();
  const { data, error, refetch, isFetching } = useQuery(mappingQuery());
  const [tab, setTab] = useState<MappingTab>("attributes");
  useDocumentTitle(`${t("shell.mapping")} · Dunlin`);
  if (data) {
    return (
      // A new version begins a new draft.
      <MappingView
        key={data.version}
        board={data}
        tab={tab}
        onTab={setTab}
        onReload={async () => {
          await refetch();
        }}
      />
    );
  }
  if (!error) return <PageSkeleton title={t("shell.mapping")} />;
  return (
    <div className={pageClasses["page"]}>
      <PageHead title={t("shell.mapping")} lead={t("mapping.lead")} />
      <LoadProblem error={error} busy={isFetching} onRetry={() => void refetch()} />
    </div>
  );
}
