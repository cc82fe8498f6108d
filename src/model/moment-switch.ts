/** Which moments become data events in Intercom, by the mapping's section `events`. */
import { momentNamed, momentNames, type MomentDescription, type MomentName } from "../../contract/moment.ts";
import type { DocumentProblem, MappedEvent } from "../../contract/mapping.ts";

/** A moment that is switched on. */
export type MomentSwitch = {
  /** The event's name in Intercom. */
  readonly eventName: string;
  /** The facts that go along, in this order. */
  readonly metadata: readonly string[];
  /** What happened before this second is not told. */
  readonly sinceS: number;
};

/** Those that are switched on; none by default. */
export type MomentSwitches = ReadonlyMap<MomentName, MomentSwitch>;

/** The section `events` of a mapping. */
export type EventsSection = Readonly<Record<string, MappedEvent>>;

/** The names of the moments that a section switches on. */
export function momentsSwitchedOn(section: EventsSection): readonly MomentName[] {
  return momentNames.filter((name) => section[name]?.on === true);
}

/** What a section that was checked switches on. `prefix` is the mapping's, such as `stripe_`. */
export function switchesOf(
  section: EventsSection,
  prefix: string,
): readonly (Omit<MomentSwitch, "sinceS"> & { readonly name: MomentName })[] {
  return momentsSwitchedOn(section).flatMap((name) => {
    const event = section[name];
    return event ? [{ name, eventName: eventNameOf(name, event, prefix), metadata: metadataOf(name, event) }] : [];
  });
}

function eventNameOf(name: string, { name: own }: MappedEvent, prefix: string): string {
  return own ?? `${prefix}${name}`;
}

function metadataOf(name: MomentName, { metadata }: MappedEvent): readonly string[] {
  return metadata ?? Object.keys(momentNamed(name)?.facts ?? {});
}

/** Intercom: tracked keys of one event name; further ones are ignored (developers.intercom.com, “Submit a data event”). */
const metadataKeysMax = 10;

/** What Intercom's own Stripe app sends. */
const nativeNames = new Set([
  "created invoice",
  "created subscription",
  "charged",
  "charge refunded",
  "deleted subscription",
  "charge failed",
]);

/** What is wrong with a section `events`. */
export function checkEvents(section: EventsSection, prefix: string): readonly DocumentProblem[] {
  const each = Object.entries(section).flatMap(([name, event]) => checkEvent(name, event));
  return [...each, ...checkSharedNames(section, prefix)];
}

function checkEvent(name: string, event: MappedEvent): readonly DocumentProblem[] {
  const path = `events.${name}`;
  const moment = momentNamed(name);
  if (!moment) return [error(path, `there is no moment “${name}”; there are: ${momentNames.join(", ")}`)];
  const own = event.name?.trim().toLowerCase();
  const clash = own !== undefined && nativeNames.has(own);
  return [
    ...checkMetadata(path, moment, event.metadata ?? []),
    ...(clash ? [warning(`${path}.name`, "Intercom's own Stripe app sends events of this name too")] : []),
  ];
}

function checkMetadata(
  path: string,
  { name, facts }: MomentDescription,
  keys: readonly string[],
): readonly DocumentProblem[] {
  return keys.flatMap((key, index) => {
    const place = `${path}.metadata[${index}]`;
    if (!Object.hasOwn(facts, key)) {
      return [error(place, `${name} has no fact “${key}”; it has: ${Object.keys(facts).join(", ")}`)];
    }
    return keys.indexOf(key) < index ? [error(place, `“${key}” stands here twice`)] : [];
  });
}

/** Moments may share an event, which then has the keys of all of them. Intercom keeps the first ten that it ever saw. */
function checkSharedNames(section: EventsSection, prefix: string): readonly DocumentProblem[] {
  const sharing = new Map<string, { readonly names: string[]; readonly keys: Set<string> }>();
  for (const name of momentsSwitchedOn(section)) {
    const event = section[name];
    if (!event) continue;
    const known = sharing.get(eventNameOf(name, event, prefix)) ?? { names: [], keys: new Set<string>() };
    known.names.push(name);
    for (const key of metadataOf(name, event)) known.keys.add(key);
    sharing.set(eventNameOf(name, event, prefix), known);
  }
  return [...sharing].flatMap(([eventName, { names, keys }]) =>
    keys.size > metadataKeysMax
      ? [
          error(
            `events.${names.at(-1) ?? ""}.metadata`,
            `“${eventName}” (${names.join(", ")}) would have ${keys.size} metadata keys; Intercom keeps ${metadataKeysMax} of one event`,
          ),
        ]
      : [],
  );
}

function error(path: string, problem: string): DocumentProblem {
  return { path, problem, severity: "error" };
}

function warning(path: string, problem: string): DocumentProblem {
  return { path, problem, severity: "warning" };
}
