/** Where the value of an attribute comes from: a field of the profile, a metadata key, or an expression. */
import { SegmentedControl, Select, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappingField } from "../../../../contract/mapping.ts";
import pageClasses from "../../page/page.module.css";
import type { InputProps } from "./input-props.ts";
import { searchFields } from "./search-fields.ts";
import { ExpressionInput } from "./expression-input.tsx";
import { sourceKindOf, withSource, withoutType } from "./mapping-draft.ts";
import classes from "./mapping.module.css";

const kinds = ["field", "metadata", "cel"] as const;

/** The choice, and the input that belongs to it. */
export function SourceInput(props: InputProps): ReactNode {
  const { attribute, onChange, errorAt } = props;
  const { t } = useTranslation();
  const kind = sourceKindOf(attribute);
  return (
    <fieldset className={pageClasses["group"]}>
      <legend className={pageClasses["legend"]}>{t("attribute.groupSource")}</legend>
      <SegmentedControl
        fullWidth
        aria-label={t("attribute.groupSource")}
        data={kinds.map((value) => ({ value, label: t(`source.${value}`) }))}
        value={kind}
        onChange={(value) => onChange(withSource(attribute, value))}
      />
      {kind === "field" && <FieldInput {...props} />}
      {kind === "metadata" && (
        <TextInput
          label={t("source.metadataKey")}
          description={t("source.metadataHelp")}
          value={attribute.metadata ?? ""}
          maxLength={40}
          spellCheck={false}
          error={errorAt("metadata")}
          onChange={(event) => onChange({ ...attribute, metadata: event.currentTarget.value })}
        />
      )}
      {kind === "cel" && <ExpressionInput {...props} />}
    </fieldset>
  );
}

function FieldInput({ fields, attribute, onChange, errorAt }: InputProps): ReactNode {
  const { t } = useTranslation();
  const chosen = fields.find(({ field }) => field === attribute.field);
  const choose = (name: string | null): void => {
    const field = fields.find((one) => one.field === name);
    if (!field) return;
    const purpose =
      attribute.purpose === "" || attribute.purpose === chosen?.purpose ? field.purpose : attribute.purpose;
    const isNamed = attribute.name !== "" && attribute.name !== chosen?.field;
    onChange({ ...withoutType(attribute), field: field.field, purpose, name: isNamed ? attribute.name : field.field });
  };
  return (
    <>
      <Select
        label={t("source.fieldLabel")}
        placeholder={t("source.fieldPlaceholder")}
        searchable
        data={fields.map(({ field }) => field)}
        value={attribute.field === "" ? null : (attribute.field ?? null)}
        filter={({ options, search }) => {
          const fitting = searchFields(fields, search).map(({ field }) => field);
          return options
            .filter((option) => "value" in option && fitting.includes(option.value))
            .toSorted((a, b) => placeIn(fitting, a) - placeIn(fitting, b));
        }}
        renderOption={({ option }) => <FieldOption field={fields.find(({ field }) => field === option.value)} />}
        nothingFoundMessage={t("source.fieldNone")}
        error={errorAt("field")}
        onChange={choose}
      />
      {chosen && (
        <div className={classes["about"]} lang="en">
          <p>{chosen.help}</p>
          <p className={classes["rule"]}>{chosen.rule}</p>
        </div>
      )}
    </>
  );
}

function FieldOption({ field }: { readonly field: MappingField | undefined }): ReactNode {
  if (!field) return null;
  return (
    <span className={classes["option"]}>
      <code>{field.field}</code>
      <span lang="en">{field.help}</span>
    </span>
  );
}

function placeIn(names: readonly string[], option: object): number {
  return "value" in option && typeof option.value === "string" ? names.indexOf(option.value) : -1;
}
