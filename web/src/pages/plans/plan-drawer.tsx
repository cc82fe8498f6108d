/** The editor of one plan. */
import { Drawer, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PlanDefinition } from "../../../../contract/plans.ts";
import { hasErrors, problemsAt, problemsWithin } from "../../draft/problems.ts";
import { ConfirmDialog } from "../../page/confirm-dialog.tsx";
import { EditorFoot } from "../../page/editor-foot.tsx";
import pageClasses from "../../page/page.module.css";
import { useErrorText } from "../../page/use-error-text.ts";
import { EligibilityInput } from "./eligibility-input.tsx";
import type { ErrorAt, PlanPartProps } from "./plan-part.ts";
import { planIdOf } from "./plans-draft.ts";
import { PricesInput } from "./prices-input.tsx";
import type { PlansCheck } from "./use-plans-check.ts";

type Props = {
  /** The plans beside it. */
  readonly others: readonly PlanDefinition[];
  /** Where the check reports about it. */
  readonly path: string;
  readonly check: PlansCheck;
  readonly index: number | null;
  readonly plan: PlanDefinition;
  readonly onChange: (plan: PlanDefinition) => void;
  readonly onApply: () => void;
  readonly onRemove: () => void;
  readonly onClose: () => void;
};

/** The drawer; it closes once the form has no errors. */
export function PlanDrawer(props: Props): ReactNode {
  const { others, index, plan, path, check, onChange, onApply, onRemove, onClose } = props;
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [isTried, setTried] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const isNew = index === null;
  const problems = problemsWithin(check.problems, path);
  const errorAt: ErrorAt = (key, value) =>
    isNew && !isTried && value === "" ? undefined : errorText(problems, `${path}.${key}`);
  const part: PlanPartProps = { plan, isNew, others, errorAt, onChange };
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={620}
      padding={20}
      title={t(isNew ? "plan.addTitle" : "plan.editTitle")}
      closeButtonProps={{ "aria-label": t("form.close") }}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          // What the server would say of prices may be missing: the draft is checked again, and saving does so too.
          if (hasErrors(problems)) setTried(true);
          else onApply();
        }}
      >
        <div className={pageClasses["stack"]}>
          <Names {...part} />
          <PricesInput {...part} />
          <EligibilityInput {...part} />
        </div>
        <EditorFoot
          isNew={isNew}
          problems={problemsAt(problems, path)}
          onRemove={() => setRemoving(true)}
          onClose={onClose}
        />
      </form>
      {isRemoving && (
        <ConfirmDialog
          title={t("remove.title", { name: plan.name })}
          confirm={t("remove.confirm")}
          onConfirm={onRemove}
          onClose={() => setRemoving(false)}
        >
          <p className={pageClasses["sectionLead"]}>{t("plan.removeText")}</p>
        </ConfirmDialog>
      )}
    </Drawer>
  );
}

function Names({ plan, isNew, onChange, errorAt }: PlanPartProps): ReactNode {
  const { t } = useTranslation();
  const follows = isNew && plan.id === planIdOf(plan.name);
  return (
    <fieldset className={pageClasses["group"]}>
      <legend className={pageClasses["legend"]}>{t("plan.groupName")}</legend>
      <TextInput
        label={t("plan.name")}
        description={t("plan.nameHelp")}
        value={plan.name}
        maxLength={120}
        error={errorAt("name", plan.name)}
        data-autofocus
        onChange={({ currentTarget: { value: name } }) =>
          onChange({ ...plan, name, ...(follows ? { id: planIdOf(name) } : {}) })
        }
      />
      <TextInput
        label={t("plan.id")}
        description={t("plan.idHelp")}
        value={plan.id}
        maxLength={64}
        spellCheck={false}
        error={errorAt("id", plan.id)}
        onChange={(event) => onChange({ ...plan, id: event.currentTarget.value })}
      />
    </fieldset>
  );
}
