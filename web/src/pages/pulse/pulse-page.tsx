/** The Pulse page: asks for the data every second and decides what there is to show. */
import { VisuallyHidden } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { pulseQuery } from "../../api/pulse-query.ts";
import { Announcer } from "./announcer.tsx";
import { readHeadline } from "./headline.ts";
import { PulseSkeleton } from "./pulse-skeleton.tsx";
import { PulseView } from "./pulse-view.tsx";
import { ReachNotice } from "./reach-notice.tsx";

/** The page at `/`. */
export function PulsePage(): ReactNode {
  const { t } = useTranslation();
  const { data, error, dataUpdatedAt, errorUpdatedAt } = useQuery(pulseQuery());
  useDocumentTitle(`${t("shell.pulse")} · Dunlin`);
  const state = error ? "unreachable" : data ? readHeadline(data).kind : null;
  return (
    <>
      {!data && <VisuallyHidden component="h1">{t("shell.pulse")}</VisuallyHidden>}
      <Announcer text={state && t(`announce.${state}`)} />
      {error && (
        <ReachNotice error={error} staleSeconds={data ? Math.round((errorUpdatedAt - dataUpdatedAt) / 1_000) : null} />
      )}
      {data ? <PulseView pulse={data} stale={error !== null} /> : <PulseSkeleton loading={error === null} />}
    </>
  );
}
