/** The editor of one attribute: it joins the draft when the check has no errors for it. */
import { Drawer, Switch, TextInput, Textarea } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappedAttribute, MappingField } from "../../../../contract/mapping.ts";
import { problemsBeside } from "../../draft/problems.ts";
import { EditorFoot } from "../../page/editor-foot.tsx";
import pageClasses from "../../page/page.module.css";
import { useErrorText } from "../../page/use-error-text.ts";
import { BehaviourInput } from "./behaviour-input.tsx";
import { FormInput } from "./form-input.tsx";
import type { InputProps } from "./input-props.ts";
import type { Holder } from "./mapping-draft.ts";
import { PrecisionInput } from "./precision-input.tsx";
import { RemoveDialog } from "./remove-dialog.tsx";
import { SourceInput } from "./source-input.tsx";
import type { MappingCheck } from "./use-mapping-check.ts";

type Props = {
  readonly fields: readonly MappingField[];
  readonly isNew: boolean;
  readonly holder: Holder;
  readonly attribute: MappedAttribute;
  readonly retire: boolean;
  /** Where the check reports about it. */
  readonly path: string;
  readonly check: MappingCheck;
  readonly onChange: (attribute: MappedAttribute) => void;
  readonly onRetire: (retire: boolean) => void;
  /** Answers false when it has errors. */
  readonly onApply: () => Promise<boolean>;
  readonly onRemove: (retire: boolean) => void;
  readonly onClose: () => void;
};

const keysWithInput = ["name", "field", "metadata", "cel", "purpose", "description", "precision"];

/** The drawer. */
export function AttributeDrawer(props: Props): ReactNode {
  const { fields, isNew, attribute, path, check, onChange, onApply, onClose } = props;
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [isTried, setTried] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  // Who has only begun is not told what is still missing.
  const isUntouched = (key: string): boolean => isNew && !isTried && isBlank(attribute, key);
  const errorAt = (key: string): string | undefined =>
    isUntouched(key) ? undefined : errorText(check.problems, `${path}.${key}`);
  const inputs: InputProps = { fields, attribute, onChange, errorAt };
  const apply = async (): Promise<void> => {
    setBusy(true);
    const isGood = await onApply();
    if (isGood) return;
    setTried(true);
    setBusy(false);
  };
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={560}
      title={t(isNew ? "attribute.addTitle" : "attribute.editTitle")}
      closeButtonProps={{ "aria-label": t("form.close") }}
      padding={20}
    >
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void apply();
        }}
      >
        <div className={pageClasses["stack"]}>
          <SourceInput {...inputs} />
          <Shown {...inputs} />
          <FormInput {...inputs} />
          <PrecisionInput {...inputs} />
          <BehaviourInput {...inputs} />
          {!isNew && <OnInput {...props} />}
        </div>
        <EditorFoot
          isNew={isNew}
          isBusy={isBusy}
          problems={isNew && !isTried ? [] : problemsBeside(check.problems, path, keysWithInput)}
          onRemove={() => setRemoving(true)}
          onClose={onClose}
        />
      </form>
      {isRemoving && <RemoveDialog {...props} onClose={() => setRemoving(false)} />}
    </Drawer>
  );
}

function isBlank(attribute: MappedAttribute, key: string): boolean {
  const value = new Map<string, unknown>(Object.entries(attribute)).get(key);
  return value === undefined || value === "";
}

function Shown({ attribute, onChange, errorAt }: InputProps): ReactNode {
  const { t } = useTranslation();
  return (
    <fieldset className={pageClasses["group"]}>
      <legend className={pageClasses["legend"]}>{t("attribute.groupShown")}</legend>
      <TextInput
        label={t("attribute.name")}
        description={t("attribute.nameHelp")}
        value={attribute.name}
        maxLength={80}
        spellCheck={false}
        error={errorAt("name")}
        onChange={(event) => onChange({ ...attribute, name: event.currentTarget.value })}
      />
      <Textarea
        label={t("attribute.purpose")}
        description={t("attribute.purposeHelp")}
        value={attribute.purpose}
        maxLength={255}
        autosize
        minRows={2}
        error={errorAt("purpose")}
        onChange={(event) => onChange({ ...attribute, purpose: event.currentTarget.value })}
      />
      <TextInput
        label={t("attribute.description")}
        description={t("attribute.descriptionHelp")}
        value={attribute.description ?? ""}
        maxLength={255}
        error={errorAt("description")}
        onChange={(event) => onChange({ ...attribute, description: event.currentTarget.value || undefined })}
      />
    </fieldset>
  );
}

function OnInput({ attribute, retire, onChange, onRetire }: Props): ReactNode {
  const { t } = useTranslation();
  return (
    <fieldset className={pageClasses["group"]}>
      <legend className={pageClasses["legend"]}>{t("attribute.groupOn")}</legend>
      <Switch
        label={t("attribute.onLabel")}
        checked={attribute.on}
        onChange={(event) => onChange({ ...attribute, on: event.currentTarget.checked })}
      />
      {!attribute.on && (
        <Switch
          label={t("attribute.retire")}
          description={t("attribute.retireHelp")}
          checked={retire}
          onChange={(event) => onRetire(event.currentTarget.checked)}
        />
      )}
    </fieldset>
  );
}
