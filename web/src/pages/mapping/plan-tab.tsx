/** Which subscription speaks for a customer, where a plan's name comes from, and what expressions may see. */
import { ActionIcon, Button, Radio, Switch, TagsInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconX } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import pageClasses from "../../page/page.module.css";
import { useErrorText } from "../../page/use-error-text.ts";
import { Section } from "../../page/section.tsx";
import type { PartProps } from "./part-props.ts";
import classes from "./mapping.module.css";

const policies = ["best_standing", "newest", "highest_mrr"] as const;
const nameSources = ["product", "nickname", "lookupKey", "priceId"] as const;

/** The part. */
export function PlanTab(props: PartProps): ReactNode {
  const { draft, problems, onDraft } = props;
  const { t } = useTranslation();
  const errorText = useErrorText();
  return (
    <>
      <Section title={t("primary.title")} lead={t("primary.lead")}>
        <Radio.Group
          aria-label={t("primary.title")}
          value={draft.primarySubscription}
          onChange={(value) =>
            onDraft({ ...draft, primarySubscription: policies.find((one) => one === value) ?? "best_standing" })
          }
        >
          <div className={classes["radios"]}>
            {policies.map((value) => (
              <Radio key={value} value={value} label={t(`primary.${value}`)} description={t(`primary.${value}Help`)} />
            ))}
          </div>
        </Radio.Group>
      </Section>
      <Section title={t("planName.title")} lead={t("planName.lead")}>
        <PlanNameOrder {...props} />
        {errorText(problems, "planName") && <p className={pageClasses["error"]}>{errorText(problems, "planName")}</p>}
      </Section>
      <Section title={t("metadataKeys.title")} lead={t("metadataKeys.lead")}>
        <Switch
          label={t("metadataKeys.all")}
          checked={draft.metadataKeys === undefined}
          onChange={(event) => onDraft({ ...draft, metadataKeys: event.currentTarget.checked ? undefined : [] })}
        />
        {draft.metadataKeys && (
          <TagsInput
            label={t("metadataKeys.keys")}
            value={draft.metadataKeys}
            maxTags={50}
            error={errorText(problems, "metadataKeys")}
            onChange={(value) => onDraft({ ...draft, metadataKeys: value })}
          />
        )}
      </Section>
    </>
  );
}

function PlanNameOrder({ draft, onDraft }: PartProps): ReactNode {
  const { t } = useTranslation();
  const { planName } = draft;
  const set = (next: typeof planName): void => onDraft({ ...draft, planName: next });
  const missing = nameSources.filter((one) => !planName.includes(one));
  return (
    <>
      <ol className={classes["order"]}>
        {planName.map((one, index) => (
          <OrderRow
            key={one}
            source={one}
            index={index}
            count={planName.length}
            onMove={(by) => set(planName.toSpliced(index, 1).toSpliced(index + by, 0, one))}
            onLeaveOut={() => set(planName.toSpliced(index, 1))}
          />
        ))}
      </ol>
      {missing.length > 0 && (
        <div className={classes["pills"]}>
          {missing.map((one) => (
            <Button key={one} variant="default" size="compact-sm" radius="xl" onClick={() => set([...planName, one])}>
              {t("planName.add", { what: t(`planName.${one}`) })}
            </Button>
          ))}
        </div>
      )}
    </>
  );
}

type RowProps = {
  readonly source: (typeof nameSources)[number];
  readonly index: number;
  readonly count: number;
  readonly onMove: (by: 1 | -1) => void;
  readonly onLeaveOut: () => void;
};

function OrderRow({ source, index, count, onMove, onLeaveOut }: RowProps): ReactNode {
  const { t } = useTranslation();
  const what = t(`planName.${source}`);
  const tools = [
    { label: t("planName.up", { what }), Icon: IconArrowUp, disabled: index === 0, onClick: () => onMove(-1) },
    {
      label: t("planName.down", { what }),
      Icon: IconArrowDown,
      disabled: index === count - 1,
      onClick: () => onMove(1),
    },
    { label: t("planName.leaveOut", { what }), Icon: IconX, disabled: count === 1, onClick: onLeaveOut },
  ];
  return (
    <li>
      <span className={classes["rank"]} aria-hidden="true">
        {index + 1}
      </span>
      <span className={classes["orderText"]}>
        <strong>{what}</strong>
        <span>{t(`planName.${source}Help`)}</span>
      </span>
      <span className={classes["moves"]}>
        {tools.map(({ label, Icon, ...rest }) => (
          <ActionIcon key={label} variant="subtle" color="gray" aria-label={label} {...rest}>
            <Icon size={17} aria-hidden />
          </ActionIcon>
        ))}
      </span>
    </li>
  );
}
