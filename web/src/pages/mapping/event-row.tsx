/** One moment: its switch, and once it is on, the event's name and the facts that go along. */
import { Checkbox, Switch, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappedEvent } from "../../../../contract/mapping.ts";
import type { MomentDescription, MomentName } from "../../../../contract/moment.ts";
import { problemsWithin, sentence, type Problem } from "../../draft/problems.ts";
import pageClasses from "../../page/page.module.css";
import { useErrorText } from "../../page/use-error-text.ts";
import classes from "./mapping.module.css";

type Props = {
  readonly moment: MomentDescription & { readonly name: MomentName };
  readonly event: MappedEvent;
  readonly problems: readonly Problem[];
  readonly onChange: (event: MappedEvent) => void;
};

/** The row. */
export function EventRow(props: Props): ReactNode {
  const { moment, event, problems, onChange } = props;
  const { t } = useTranslation();
  const path = `events.${moment.name}`;
  const beside = problemsWithin(problems, path).filter((one) => one.path !== `${path}.name`);
  return (
    <li className={classes["event"]}>
      <Switch
        label={t(`moment.${moment.name}.title`)}
        description={t(`moment.${moment.name}.when`)}
        classNames={{ label: classes["eventLabel"] ?? "" }}
        checked={event.on}
        onChange={({ currentTarget }) => onChange({ ...event, on: currentTarget.checked })}
      />
      {event.on && <Details {...props} />}
      {beside.map(({ problem, severity }) => (
        <p key={problem} lang="en" className={pageClasses[severity]}>
          {sentence(problem)}
        </p>
      ))}
    </li>
  );
}

function Details({ moment, event, problems, onChange }: Props): ReactNode {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const all = Object.keys(moment.facts);
  const chosen = event.metadata ?? all;
  const set = (keys: readonly string[]): void => {
    const inOrder = all.filter((key) => keys.includes(key));
    const { metadata: _metadata, ...rest } = event;
    onChange(inOrder.length === all.length ? rest : { ...rest, metadata: inOrder });
  };
  return (
    <div className={classes["eventDetails"]}>
      <TextInput
        label={t("events.name")}
        placeholder={`stripe_${moment.name}`}
        value={event.name ?? ""}
        maxLength={80}
        error={errorText(problems, `events.${moment.name}.name`)}
        onChange={({ currentTarget }) => onChange({ ...event, name: currentTarget.value || undefined })}
      />
      <Checkbox.Group label={t("events.facts")} value={[...chosen]} onChange={set}>
        <div className={classes["facts"]}>
          {Object.entries(moment.facts).map(([key, fact]) => (
            <Checkbox
              key={key}
              value={key}
              label={<code>{key}</code>}
              description={<span lang="en">{fact.meaning}</span>}
            />
          ))}
        </div>
      </Checkbox.Group>
    </div>
  );
}
