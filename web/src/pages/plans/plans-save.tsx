/** Saves the plans of a draft; savings are then worked out with them. */
import { IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PlansDocument, PlansInForce } from "../../../../contract/plans.ts";
import { plansQuery, savePlans } from "../../api/plans.ts";
import pageClasses from "../../page/page.module.css";
import { SaveDialog } from "../../page/save-dialog.tsx";
import type { PlanChange } from "./plans-draft.ts";

type Props = {
  readonly inForce: PlansInForce;
  readonly draft: PlansDocument;
  readonly changes: readonly PlanChange[];
  readonly onClose: () => void;
  readonly onReload: () => void;
};

const icons = { added: IconPlus, removed: IconMinus, changed: IconPencil } as const;
const tones = { added: "good", removed: "bad", changed: undefined } as const;

/** The dialog with the list of changes. */
export function PlansSave({ inForce, draft, changes, onClose, onReload }: Props): ReactNode {
  const { t } = useTranslation();
  const queryClient = useQueryClient();
  const { mutate, isPending, error } = useMutation({
    mutationFn: (note: string) =>
      savePlans({ document: draft, basedOn: inForce.version, ...(note === "" ? {} : { note }) }),
    networkMode: "always",
    onSuccess: (saved) => queryClient.setQueryData(plansQuery().queryKey, saved),
  });
  return (
    <SaveDialog
      lead={t("save.plansLead")}
      saving={isPending}
      error={error}
      onSave={mutate}
      onClose={onClose}
      onReload={onReload}
    >
      <ul className={pageClasses["changes"]} aria-label={t("change.title")}>
        {changes.map(({ kind, id, name }) => {
          const Icon = icons[kind];
          return (
            <li key={`${kind} ${id}`}>
              <span className={pageClasses["sign"]} data-tone={tones[kind]} aria-hidden="true">
                <Icon size={16} />
              </span>
              {t(`change.plan.${kind}`, { name })}
            </li>
          );
        })}
      </ul>
    </SaveDialog>
  );
}
