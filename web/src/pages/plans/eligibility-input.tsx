/** Who may change to a plan. */
import { MultiSelect, Switch, TagsInput, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import pageClasses from "../../page/page.module.css";
import type { PlanPartProps } from "./plan-part.ts";

/** The group. */
export function EligibilityInput(props: PlanPartProps): ReactNode {
  const { others: plans, plan, onChange, errorAt } = props;
  const { t } = useTranslation();
  const others = plans.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <fieldset className={pageClasses["group"]}>
      <legend className={pageClasses["legend"]}>{t("plan.groupEligible")}</legend>
      <Switch
        label={t("plan.offeredLabel")}
        description={t("plan.offeredHelp")}
        checked={plan.offered}
        onChange={(event) => onChange({ ...plan, offered: event.currentTarget.checked })}
      />
      {others.length > 0 && (
        <>
          <MultiSelect
            label={t("plan.eligibleFrom")}
            description={t("plan.eligibleFromHelp")}
            data={others}
            value={plan.eligibleFrom ?? []}
            error={errorAt("eligibleFrom")}
            onChange={(value) => onChange({ ...plan, eligibleFrom: orLeftOut(value) })}
          />
          <MultiSelect
            label={t("plan.notFrom")}
            data={others}
            value={plan.notFrom}
            error={errorAt("notFrom")}
            onChange={(notFrom) => onChange({ ...plan, notFrom })}
          />
        </>
      )}
      <Terms {...props} />
    </fieldset>
  );
}

/** What is left out of a document says nothing. */
function orLeftOut(values: string[]): string[] | undefined {
  return values.length === 0 ? undefined : values;
}

function Terms({ plan, onChange, errorAt }: PlanPartProps): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <div className={pageClasses["fields"]}>
        <TagsInput
          label={t("plan.countries")}
          description={t("plan.countriesHelp")}
          placeholder="DE"
          value={plan.countries ?? []}
          error={errorAt("countries")}
          onChange={(value) => onChange({ ...plan, countries: orLeftOut(value.map((code) => code.toUpperCase())) })}
        />
        <TextInput
          label={t("plan.currency")}
          description={t("plan.currencyHelp")}
          placeholder="EUR"
          value={plan.currency?.toUpperCase() ?? ""}
          maxLength={3}
          error={errorAt("currency")}
          onChange={(event) => onChange({ ...plan, currency: event.currentTarget.value.toLowerCase() || undefined })}
        />
      </div>
      <TagsInput
        label={t("plan.includes")}
        description={t("plan.includesHelp")}
        placeholder="mtr_…"
        value={plan.includes}
        error={errorAt("includes")}
        onChange={(includes) => onChange({ ...plan, includes })}
      />
    </>
  );
}
