/** Companies in Intercom: whether there are any, what makes customers one, and what they show. */
import { Button, Select, Switch, TagsInput, TextInput } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappedCompanies } from "../../../../contract/mapping.ts";
import pageClasses from "../../page/page.module.css";
import { useErrorText } from "../../page/use-error-text.ts";
import { Section } from "../../page/section.tsx";
import { AttributeTable } from "./attribute-table.tsx";
import { changedNames, freshCompanies, switchAttribute } from "./mapping-draft.ts";
import type { PartProps } from "./part-props.ts";
import classes from "./mapping.module.css";

/** The part. */
export function CompaniesTab(props: PartProps): ReactNode {
  const { draft, onDraft } = props;
  const { t } = useTranslation();
  const companies = draft.companies ?? { ...freshCompanies, on: false };
  const set = (change: Partial<MappedCompanies>): void => onDraft({ ...draft, companies: { ...companies, ...change } });
  return (
    <>
      <Section
        title={t("companies.title")}
        lead={t("companies.lead")}
        tools={
          <Switch
            label={t("companies.on")}
            checked={companies.on}
            onChange={(event) => set({ on: event.currentTarget.checked })}
          />
        }
      >
        {companies.on && (
          <>
            <Rules {...props} companies={companies} onSet={set} />
            <OwnFields {...props} companies={companies} onSet={set} />
          </>
        )}
      </Section>
      {companies.on && <Attributes {...props} />}
    </>
  );
}

type RulesProps = PartProps & {
  readonly companies: MappedCompanies;
  readonly onSet: (change: Partial<MappedCompanies>) => void;
};

function Rules({ companies, problems, onSet }: RulesProps): ReactNode {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { key, name, excludeDomains } = companies;
  const errorAt = (path: string): string | undefined => errorText(problems, `companies.${path}`);
  return (
    <div className={pageClasses["fields"]}>
      <Select
        label={t("companies.key")}
        description={t("companies.keyHelp")}
        data={(["email_domain", "customer", "metadata"] as const).map((value) => ({
          value,
          label: t(`companies.keys.${value}`),
        }))}
        value={typeof key === "string" ? key : "metadata"}
        allowDeselect={false}
        onChange={(value) => onSet({ key: value === "metadata" ? { metadata: "company_id" } : (value ?? key) })}
      />
      {typeof key === "object" && (
        <TextInput
          label={t("companies.keyMetadata")}
          description={t("source.metadataHelp")}
          value={key.metadata}
          error={errorAt("key")}
          onChange={(event) => onSet({ key: { metadata: event.currentTarget.value } })}
        />
      )}
      {key === "email_domain" && (
        <TagsInput
          label={t("companies.exclude")}
          description={t("companies.excludeHelp")}
          placeholder="example.org"
          value={excludeDomains}
          error={errorAt("excludeDomains")}
          onChange={(value) => onSet({ excludeDomains: value })}
        />
      )}
      <Select
        label={t("companies.name")}
        description={t("companies.nameHelp")}
        data={(["customer_name", "key", "metadata"] as const).map((value) => ({
          value,
          label: t(`companies.names.${value}`),
        }))}
        value={typeof name === "string" ? name : "metadata"}
        allowDeselect={false}
        onChange={(value) => onSet({ name: value === "metadata" ? { metadata: "company" } : (value ?? name) })}
      />
      {typeof name === "object" && (
        <TextInput
          label={t("companies.nameMetadata")}
          description={t("source.metadataHelp")}
          value={name.metadata}
          error={errorAt("name")}
          onChange={(event) => onSet({ name: { metadata: event.currentTarget.value } })}
        />
      )}
    </div>
  );
}

/** Fields that companies have in Intercom anyway. */
function OwnFields({ companies: { plan, monthlySpend }, problems, onSet }: RulesProps): ReactNode {
  const { t } = useTranslation();
  const errorText = useErrorText();
  return (
    <>
      <Switch
        label={t("companies.plan")}
        description={t("companies.planHelp")}
        checked={plan}
        onChange={(event) => onSet({ plan: event.currentTarget.checked })}
      />
      <Switch
        label={t("companies.spend")}
        description={t("companies.spendHelp")}
        checked={monthlySpend !== undefined}
        onChange={(event) => onSet({ monthlySpend: event.currentTarget.checked ? { currency: "eur" } : undefined })}
      />
      {monthlySpend && (
        <TextInput
          className={classes["short"] ?? ""}
          label={t("companies.currency")}
          value={monthlySpend.currency.toUpperCase()}
          maxLength={3}
          error={errorText(problems, "companies.monthlySpend")}
          onChange={(event) => onSet({ monthlySpend: { currency: event.currentTarget.value.toLowerCase() } })}
        />
      )}
    </>
  );
}

function Attributes({ board, draft, problems, onEdit, onDraft }: PartProps): ReactNode {
  const { t } = useTranslation();
  const attributes = draft.companies?.attributes ?? [];
  return (
    <Section
      title={t("companies.attributes")}
      lead={t("companies.attributesLead")}
      tools={
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => onEdit({ holder: "companies", index: null })}
        >
          {t("attribute.add")}
        </Button>
      }
    >
      {attributes.length > 0 && (
        <AttributeTable
          label={t("companies.attributes")}
          holder="companies"
          fields={board.fields}
          shown={attributes.map((attribute, index) => ({ attribute, index }))}
          changed={changedNames(board.document, draft, "companies")}
          problems={problems}
          onEdit={(index) => onEdit({ holder: "companies", index })}
          onSwitch={(index, on) => onDraft(switchAttribute(draft, { holder: "companies", index }, on))}
        />
      )}
    </Section>
  );
}
