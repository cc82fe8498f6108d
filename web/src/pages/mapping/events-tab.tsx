/** Which moments in billing become data events in Intercom. */
import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappedEvent } from "../../../../contract/mapping.ts";
import { moments } from "../../../../contract/moment.ts";
import pageClasses from "../../page/page.module.css";
import { Section } from "../../page/section.tsx";
import { EventRow } from "./event-row.tsx";
import type { PartProps } from "./part-props.ts";
import classes from "./mapping.module.css";

/** The part. */
export function EventsTab({ draft, problems, onDraft }: PartProps): ReactNode {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const on = moments.filter(({ name }) => draft.events[name]?.on).length;
  const set = (name: string, event: MappedEvent): void => {
    // What is off and says nothing is left out, so that switching on and off again is no change.
    const { [name]: _before, ...others } = draft.events;
    const isPlain = !event.on && event.name === undefined && event.metadata === undefined;
    onDraft({ ...draft, events: isPlain ? others : { ...others, [name]: event } });
  };
  const fits = (name: (typeof moments)[number]["name"]): boolean =>
    `${name} ${t(`moment.${name}.title`)} ${t(`moment.${name}.when`)}`
      .toLowerCase()
      .includes(text.trim().toLowerCase());
  return (
    <Section
      title={t("events.title")}
      lead={`${t("events.lead")} ${t("events.onCount", { count: on, all: moments.length })}`}
    >
      <TextInput
        className={classes["search"] ?? ""}
        aria-label={t("events.search")}
        placeholder={t("events.search")}
        leftSection={<IconSearch size={16} aria-hidden />}
        type="search"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <ul className={classes["events"]}>
        {moments
          .filter(({ name }) => fits(name))
          .map((moment) => (
            <EventRow
              key={moment.name}
              moment={moment}
              event={draft.events[moment.name] ?? { on: false }}
              problems={problems}
              onChange={(event) => set(moment.name, event)}
            />
          ))}
      </ul>
      {!moments.some(({ name }) => fits(name)) && <p className={pageClasses["sectionLead"]}>{t("events.none")}</p>}
    </Section>
  );
}
