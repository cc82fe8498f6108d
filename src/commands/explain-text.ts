/** An explanation as text: what to know first, then the chain from Stripe's events down to what Intercom shows. */
import type {
  AttributeExplanation,
  CustomerExplanation,
  ExplainEvent,
  ExplainIdentity,
  ExplainNotice,
  ExplainObject,
  ExplainSetting,
  ExplainWrite,
} from "../../contract/explain.ts";
import { triggerText } from "./rule-origin-text.ts";
import { tableLines } from "./table.ts";
import { distanceText, durationText, momentText, utcText } from "./times.ts";

type Value = ExplainWrite["after"];

const labelWidth = 10;
const arrow = `${" ".repeat(2)}▼`;

/** The chain of one attribute. */
export function attributeLines(explanation: AttributeExplanation): readonly string[] {
  const { attribute, desired, notices, identity, writes, now } = explanation;
  return [
    `${attribute.name} of ${customerText(explanation)}`,
    ...noticeLines(notices),
    "",
    ...row("rule", [attribute.rule, ...ruleLines(explanation)]),
    ...row("identity", identityLines(identity, now)),
    ...row("desired", [
      desired ? valueText(desired.value, attribute.type) : "unknown",
      ...(desired?.whyEmpty ? [desired.whyEmpty] : []),
      ...(desired ? restLines(desired, now) : []),
    ]),
    ...row("Intercom", shownLines(explanation)),
    "",
    writes.length === 0 ? "No write of this attribute is on record." : "How it came about, newest first",
    ...writes.flatMap((write) => writeLines(write, explanation)),
  ];
}

function ruleLines({ attribute, setting, now }: AttributeExplanation): readonly string[] {
  if (attribute.from === "mapping") return [`${attribute.mapping}, from profile ${attribute.reads.join(", ")}`];
  return setting === null ? [] : [`${attribute.mapping}: ${settingText(setting, now)}`, triggerText(setting, now)];
}

function settingText({ kind, runId, path, at }: ExplainSetting, now: string): string {
  const did = kind === "set" ? "set" : "taken back";
  return `${did} by run ${runId}${path === null ? "" : `, ${path}`}, ${momentText(at, now)}`;
}

/** All attributes of a customer, a line each. */
export function customerLines(explanation: CustomerExplanation): readonly string[] {
  const { attributes, identity, notices, now } = explanation;
  const rows = attributes.map(({ name, type, desired, shown, isKnown, changedAt, cause }) => [
    name,
    isKnown && shown !== desired
      ? `${valueText(shown, type)} (should be ${valueText(desired, type)})`
      : valueText(desired, type),
    changedAt === null ? "never" : distanceText(changedAt, now),
    cause,
  ]);
  return [
    customerText(explanation),
    ...noticeLines(notices),
    "",
    ...row("identity", identityLines(identity, now)),
    ...row("mapping", [explanation.mapping]),
    "",
    ...tableLines([["ATTRIBUTE", "VALUE", "LAST WRITTEN", "BECAUSE"], ...rows]),
    "",
    `The whole chain of one: dunlin explain ${explanation.customer.id} ${latestOf(attributes)}`,
  ];
}

/** The attribute that was written last makes the best example. */
function latestOf(attributes: CustomerExplanation["attributes"]): string {
  const [latest] = attributes.toSorted((a, b) => ((a.changedAt ?? "") > (b.changedAt ?? "") ? -1 : 1));
  return latest?.name ?? "<attribute>";
}

function customerText({ customer, identity }: Pick<AttributeExplanation, "customer" | "identity">): string {
  const label = customer.label === null ? "" : ` · ${customer.label}`;
  const account = customer.account === "main" ? "" : ` · account ${customer.account}`;
  const contact = identity.contactId === null ? " · no contact" : ` · contact ${identity.contactId}`;
  return `${customer.id}${label}${account}${contact}`;
}

function noticeLines(notices: readonly ExplainNotice[]): readonly string[] {
  if (notices.length === 0) return [];
  return ["", ...notices.flatMap(({ text, remedy }) => [`! ${text}`, ...(remedy === null ? [] : [`  → ${remedy}`])])];
}

function row(label: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `${(index === 0 ? label : "").padEnd(labelWidth)}${line}`);
}

function identityLines({ text, linkedAt, customers, contactUrl }: ExplainIdentity, now: string): readonly string[] {
  const since = linkedAt === null ? "" : ` Since ${momentText(linkedAt, now)}.`;
  const several = customers.map(({ id, label, account, isPrimary }) => {
    const name = [id, label, account === "main" ? null : account].filter((part) => part !== null).join(" · ");
    return `${isPrimary ? "speaks:  " : "as well: "}${name}`;
  });
  return [
    `${text}${since}`,
    ...(contactUrl === null ? [] : [contactUrl]),
    ...(customers.length > 1 ? [`${customers.length} Stripe customers are this person:`, ...several] : []),
  ];
}

function shownLines({ shown, attribute, now }: AttributeExplanation): readonly string[] {
  if (!shown) return ["nothing is known to be shown"];
  const agreement = shown.agrees ? "as desired" : "not as desired";
  return [
    `${valueText(shown.value, attribute.type)} (${agreement}, as far as we know)`,
    ...(shown.writtenAt === null ? [] : [`last write to the contact ${momentText(shown.writtenAt, now)}`]),
    shown.confirmedAt === null
      ? "not compared with Intercom by a reconcile yet"
      : `last compared with Intercom ${momentText(shown.confirmedAt, now)}`,
  ];
}

function writeLines(write: ExplainWrite, { attribute, now }: AttributeExplanation): readonly string[] {
  const { before, after, cause, kind, lane, lagMs, requestId, contactId, eventsGone } = write;
  const lag = lagMs === null ? "" : `, ${durationText(lagMs)} after the change was stored`;
  const request = requestId === null ? "Intercom gave no request id" : `Intercom's request id ${requestId}`;
  const gone = eventsGone.map((id) => `${id}  no longer stored: removed because of its age`);
  const steps = [
    step("Stripe", [...eventsToTell(write).flatMap((event) => eventLines(event, now)), ...gone]),
    step("copies", restLines(write, now)),
    step("rule", stepOfRule(write, { attribute, now })),
    step("value", [`${valueText(before, attribute.type)} → ${valueText(after, attribute.type)}`]),
    step("write", [`${kind} of contact ${contactId}, ${lane} lane${lag}`, request]),
  ].filter((lines) => lines.length > 0);
  return [
    "",
    `${momentText(write.at, now)}: ${cause.text}`,
    ...steps.flatMap((lines, index) => (index === 0 ? lines : [arrow, ...lines])),
  ];
}

/** What made a value of what is known: the mapping, or a rule's run. */
function stepOfRule(
  { mapping, setting }: ExplainWrite,
  { attribute, now }: Pick<AttributeExplanation, "attribute" | "now">,
): readonly string[] {
  if (attribute.from === "mapping")
    return [`${mapping ?? "unknown version"}: ${attribute.reads.join(", ")} → ${attribute.name}`];
  if (setting === null) return ["a rule whose run is no longer kept, or that is gone"];
  return [`${setting.rule}, ${mapping ?? "rules"}: ${settingText(setting, now)}`, triggerText(setting, now)];
}

/** Copies that were known before are named below with their events; what set the write off are those of new ones. */
function eventsToTell({ events, objects }: ExplainWrite): readonly ExplainEvent[] {
  const fresh = new Set(objects.filter(({ isNew }) => isNew).map(({ id }) => id));
  const told = events.filter(({ objectId }) => objectId !== null && fresh.has(objectId));
  return told.length > 0 ? told : events;
}

function step(label: string, lines: readonly string[]): readonly string[] {
  return row(`  ${label}`, lines);
}

function eventLines(event: ExplainEvent, now: string): readonly string[] {
  const came = event.came === null ? "" : event.came === "webhook" ? " by webhook" : " from Stripe's list";
  const head = `${event.id}  ${event.type}`;
  const times = `created ${utcText(event.createdAt)}, received ${momentText(event.receivedAt, now)}${came}`;
  const changes = event.changes.map(
    ({ field, before, after }) => `    ${field}: ${factText(field, before)} → ${factText(field, after)}`,
  );
  const object = event.objectId === null ? "" : `  ${event.objectId}`;
  const nothing = event.changes.length === 0 ? [`  ${object.trim()}: told nothing new`] : [`  ${object.trim()}`];
  return [head, `  ${times}`, ...nothing, ...changes];
}

/** Facts whose name ends in S are seconds of a moment. */
function factText(field: string, value: string | null): string {
  if (value === null) return "none";
  const isMoment = /[a-z]S$/.test(field) && /^\d{9,10}$/.test(value);
  return isMoment ? utcText(new Date(Number(value) * 1000).toISOString()) : value;
}

function restLines(
  { objects, others }: { readonly objects: readonly ExplainObject[]; readonly others: number },
  now: string,
): readonly string[] {
  const rows = objects.map((object) => [
    object.kind.replaceAll("_", " "),
    object.id,
    object.isNew === true ? "new" : "",
    `as of ${momentText(object.asOf, now)}, ${originText(object)}`,
  ]);
  const more = others === 0 ? [] : [`and ${others} older ${others === 1 ? "copy" : "copies"}`];
  return [...tableLines(rows), ...more];
}

function originText({ origin, eventId }: ExplainObject): string {
  switch (origin) {
    case "event":
      return `from ${eventId ?? "an event"}`;
    case "fetch":
      return `read from the API because of ${eventId ?? "an event"}`;
    case "read":
      return "read from the API";
  }
}

function valueText(value: Value, type: string): string {
  if (value === null) return "none";
  if (type === "date" && typeof value === "number") return utcText(new Date(value * 1000).toISOString());
  return String(value);
}
