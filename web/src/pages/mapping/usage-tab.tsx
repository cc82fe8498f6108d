/** Usage: which limits there are, and at which percentages something is made of it. */
import { ActionIcon, Button, NumberInput, TagsInput, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { UsageRules } from "../../../../contract/mapping.ts";
import type { Problem } from "../../draft/problems.ts";
import pageClasses from "../../page/page.module.css";
import { useErrorText } from "../../page/use-error-text.ts";
import { Section } from "../../page/section.tsx";
import type { PartProps } from "./part-props.ts";
import classes from "./mapping.module.css";

type Limit = UsageRules["limits"][number];

/** The part. */
export function UsageTab({ draft, problems, onDraft }: PartProps): ReactNode {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { usage } = draft;
  const set = (change: Partial<UsageRules>): void => onDraft({ ...draft, usage: { ...usage, ...change } });
  return (
    <>
      <Thresholds usage={usage} problems={problems} onSet={set} />
      <Section
        title={t("usage.limits")}
        lead={t("usage.limitsLead")}
        tools={
          <Button
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            onClick={() => set({ limits: [...usage.limits, { meter: "", limit: 1000 }] })}
          >
            {t("usage.addLimit")}
          </Button>
        }
      >
        {usage.limits.length > 0 && (
          <ul className={classes["limits"]}>
            {usage.limits.map((limit, index) => (
              <LimitRow
                // oxlint-disable-next-line react/no-array-index-key -- a limit has nothing else that names it
                key={index}
                limit={limit}
                number={index + 1}
                errorAt={(key) => errorText(problems, `usage.limits[${index}].${key}`)}
                onChange={(next) => set({ limits: usage.limits.with(index, next) })}
                onRemove={() => set({ limits: usage.limits.toSpliced(index, 1) })}
              />
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}

type ThresholdsProps = {
  readonly usage: UsageRules;
  readonly problems: readonly Problem[];
  readonly onSet: (change: Partial<UsageRules>) => void;
};

function Thresholds({ usage, problems, onSet: set }: ThresholdsProps): ReactNode {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const setThresholds = (texts: readonly string[]): void => {
    const numbers = texts.map(Number).filter((value) => Number.isFinite(value) && value > 0);
    set({ thresholds: [...new Set(numbers)].toSorted((a, b) => a - b) });
  };
  return (
    <Section title={t("usage.title")} lead={t("usage.lead")}>
      <div className={pageClasses["fields"]}>
        <TagsInput
          label={t("usage.thresholds")}
          description={t("usage.thresholdsHelp")}
          value={usage.thresholds.map(String)}
          error={errorText(problems, "usage.thresholds")}
          onChange={setThresholds}
        />
        <TextInput
          label={t("usage.limitKey")}
          description={t("usage.limitKeyHelp")}
          value={usage.limitKey}
          maxLength={40}
          spellCheck={false}
          error={errorText(problems, "usage.limitKey")}
          onChange={(event) => set({ limitKey: event.currentTarget.value })}
        />
      </div>
    </Section>
  );
}

type RowProps = {
  readonly limit: Limit;
  readonly number: number;
  readonly errorAt: (key: string) => string | undefined;
  readonly onChange: (limit: Limit) => void;
  readonly onRemove: () => void;
};

function LimitRow({ limit, number, errorAt, onChange, onRemove }: RowProps): ReactNode {
  const { t } = useTranslation();
  return (
    <li className={classes["limit"]}>
      <TextInput
        label={t("usage.meter")}
        value={limit.meter}
        error={errorAt("meter")}
        onChange={(event) => onChange({ ...limit, meter: event.currentTarget.value })}
      />
      <NumberInput
        label={t("usage.limit")}
        value={limit.limit}
        hideControls
        error={errorAt("limit")}
        onChange={(value) => onChange({ ...limit, limit: Number(value) })}
      />
      <TextInput
        label={t("usage.product")}
        placeholder={t("usage.any")}
        value={limit.product ?? ""}
        error={errorAt("product")}
        onChange={(event) => onChange({ ...limit, product: event.currentTarget.value || undefined })}
      />
      <TextInput
        label={t("usage.price")}
        placeholder={t("usage.any")}
        value={limit.price ?? ""}
        error={errorAt("price")}
        onChange={(event) => onChange({ ...limit, price: event.currentTarget.value || undefined })}
      />
      <ActionIcon
        variant="subtle"
        color="gray"
        size={36}
        aria-label={t("usage.removeLimit", { n: number })}
        onClick={onRemove}
      >
        <IconTrash size={18} aria-hidden />
      </ActionIcon>
    </li>
  );
}
