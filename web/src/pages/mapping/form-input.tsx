/** The type of an attribute, and how its text is written. */
import { Select } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { attributeTypes, formats } from "../../../../contract/mapping.ts";
import pageClasses from "../../page/page.module.css";
import type { InputProps } from "./input-props.ts";
import { sourceKindOf, withoutType } from "./mapping-draft.ts";

/** What stands for "as the source has it" among the types. */
const own = "own";

/** The group. */
export function FormInput({ fields, attribute, onChange, errorAt }: InputProps): ReactNode {
  const { t } = useTranslation();
  const kind = sourceKindOf(attribute);
  const field = fields.find((one) => one.field === attribute.field);
  const types = attributeTypes.map((value) => ({ value, label: t(`type.${value}`) }));
  const ownLabel = field ? t("type.ownField", { type: t(`type.${field.type}`) }) : t("type.own");
  const setType = (value: string | null): void => {
    const type = attributeTypes.find((one) => one === value);
    onChange(type ? { ...attribute, type } : withoutType(attribute));
  };
  return (
    <fieldset className={pageClasses["group"]}>
      <legend className={pageClasses["legend"]}>{t("attribute.groupForm")}</legend>
      <div className={pageClasses["fields"]}>
        <Select
          label={t("attribute.type")}
          description={t("attribute.typeHelp")}
          data={kind === "metadata" ? types : [{ value: own, label: ownLabel }, ...types]}
          value={attribute.type ?? own}
          allowDeselect={false}
          error={errorAt("type")}
          onChange={setType}
        />
        <Select
          label={t("attribute.format")}
          description={t("attribute.formatHelp")}
          data={formats.map((value) => ({ value, label: t(`format.${value}`) }))}
          value={attribute.format}
          allowDeselect={false}
          error={errorAt("format")}
          onChange={(value) => onChange({ ...attribute, format: value ?? "plain" })}
        />
        {attribute.format !== "plain" && (
          <Select
            label={t("attribute.locale")}
            description={t("attribute.localeHelp")}
            data={[
              { value: "en", label: "English" },
              { value: "de", label: "Deutsch" },
            ]}
            value={attribute.locale}
            allowDeselect={false}
            onChange={(value) => onChange({ ...attribute, locale: value ?? "en" })}
          />
        )}
      </div>
    </fieldset>
  );
}
