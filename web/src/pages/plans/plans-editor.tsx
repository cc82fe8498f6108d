/** The plans as cards, a draft over them, and its way to being saved. */
import { Button } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PlansInForce } from "../../../../contract/plans.ts";
import { hasErrors } from "../../draft/problems.ts";
import { useFormat } from "../../format/use-format.ts";
import { DraftBar } from "../../page/draft-bar.tsx";
import { Empty } from "../../page/empty.tsx";
import { useFailureText } from "../../page/failure-text.ts";
import { LeaveGuard } from "../../page/leave-guard.tsx";
import pageClasses from "../../page/page.module.css";
import { PlanCard } from "./plan-card.tsx";
import { PlanDrawer } from "./plan-drawer.tsx";
import classes from "./plans.module.css";
import { PlansSave } from "./plans-save.tsx";
import { usePlansDraft, type PlansDraft } from "./use-plans-draft.ts";

type Props = { readonly inForce: PlansInForce; readonly onReload: () => Promise<void> };

/** The editor. */
export function PlansEditor({ inForce, onReload }: Props): ReactNode {
  const draft = usePlansDraft(inForce);
  const [isSaving, setSaving] = useState(false);
  return (
    <div className={pageClasses["page"]}>
      <LeaveGuard dirty={draft.isDirty} />
      <Tools inForce={inForce} onAdd={() => draft.edit(null)} />
      <Cards draft={draft} />
      <Bar draft={draft} onSave={() => setSaving(true)} />
      <Editor draft={draft} />
      {isSaving && (
        <PlansSave
          inForce={inForce}
          draft={draft.document}
          changes={draft.changes}
          onClose={() => setSaving(false)}
          onReload={() => {
            draft.discard();
            setSaving(false);
            void onReload();
          }}
        />
      )}
    </div>
  );
}

type ToolsProps = { readonly inForce: PlansInForce; readonly onAdd: () => void };

function Tools({ inForce: { version, savedAt, savedBy }, onAdd }: ToolsProps): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <div className={classes["tools"]}>
      <p className={classes["saved"]}>
        {savedAt !== null && t("plans.saved", { version, at: format.moment(new Date(savedAt)), by: savedBy })}
      </p>
      <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onAdd}>
        {t("plans.add")}
      </Button>
    </div>
  );
}

function Cards({ draft }: { readonly draft: PlansDraft }): ReactNode {
  const { t } = useTranslation();
  const { plans } = draft.document;
  if (plans.length === 0) {
    return (
      <Empty title={t("plans.emptyTitle")}>
        <p>{t("plans.emptyText")}</p>
      </Empty>
    );
  }
  return (
    <ul className={classes["plans"]} aria-label={t("shell.plans")}>
      {plans.map((plan, index) => (
        <PlanCard
          key={plan.id}
          plan={plan}
          path={`plans[${index}]`}
          isChanged={draft.changes.some(({ id }) => id === plan.id)}
          // What is being edited shows its own problems.
          problems={draft.editing ? [] : draft.problems}
          nameOf={(id) => plans.find((one) => one.id === id)?.name ?? id}
          onEdit={() => draft.edit(index)}
        />
      ))}
    </ul>
  );
}

function Bar({ draft, onSave }: { readonly draft: PlansDraft; readonly onSave: () => void }): ReactNode {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const { document, changes, check, isDirty, editing, edit, discard } = draft;
  if (editing) return null;
  const indexIn = (path: string): number => Number(/^plans\[(\d+)\]/.exec(path)?.[1] ?? -1);
  return (
    <DraftBar
      // Another order of the same plans is a change too.
      count={isDirty ? Math.max(1, changes.length) : 0}
      problems={check.settled ? check.problems : undefined}
      checkFailure={check.failure && failureText(check.failure)}
      placeName={(path) => document.plans[indexIn(path)]?.name || t("shell.plans")}
      onGo={(path) => document.plans[indexIn(path)] && edit(indexIn(path))}
      onDiscard={discard}
    >
      <Button disabled={!check.settled || hasErrors(check.problems)} onClick={onSave}>
        {t("save.open")}
      </Button>
    </DraftBar>
  );
}

function Editor({ draft }: { readonly draft: PlansDraft }): ReactNode {
  const { document, editing, check } = draft;
  if (!editing) return null;
  const { index, plan } = editing;
  return (
    <PlanDrawer
      others={document.plans.filter((_, place) => place !== index)}
      path={`plans[${index ?? document.plans.length}]`}
      check={check}
      index={index}
      plan={plan}
      onChange={draft.setPlan}
      onApply={draft.apply}
      onRemove={draft.remove}
      onClose={draft.close}
    />
  );
}
