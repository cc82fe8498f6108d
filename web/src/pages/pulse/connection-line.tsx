/** One connection: which account, and whether it works. */
import { IconCheck, IconLoader, IconPlayerPauseFilled, IconPlugX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Pulse } from "../../../../contract/pulse.ts";
import classes from "./flow-panel.module.css";
import type { Vendor } from "./headline.ts";

const icons = { active: IconCheck, connecting: IconLoader, paused: IconPlayerPauseFilled, missing: IconPlugX } as const;

type Props = { readonly vendor: Vendor; readonly connections: Pulse["connections"] };

/** The vendor's name beside its colour in the chart, with state and account. */
export function ConnectionLine({ vendor, connections }: Props): ReactNode {
  const { t } = useTranslation();
  const connection = connections.find((candidate) => candidate.vendor === vendor);
  const state = connection?.state ?? "missing";
  const Icon = icons[state];
  const about = [connection?.label, connection?.detail].filter(Boolean).join(" · ");
  return (
    <div className={classes["connection"]} data-vendor={vendor}>
      <span className={classes["key"]} aria-hidden="true" />
      <div>
        <p>
          <span className={classes["vendor"]}>{t(`vendor.${vendor}`)}</span>
          <span className={classes["state"]} data-state={state}>
            <Icon size={14} stroke={2.2} aria-hidden />
            {t(`connection.${state}`)}
          </span>
        </p>
        {about && <p className={classes["label"]}>{about}</p>}
      </div>
    </div>
  );
}
