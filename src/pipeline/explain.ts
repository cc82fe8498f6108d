/**
 * Explains a contact's values: from what Intercom shows back to the events of Stripe. It reads only what is stored, so it
 * asks no vendor, costs no budget, and tells what was known when the value was written.
 */
import type { AttributeExplanation, CustomerExplanation, ExplainQuery, ExplainWrite } from "../../contract/explain.ts";
import { basisNow, readBasisObjects, type BasisObject } from "../billing/basis.ts";
import { listWritesOf, type KeptWrite } from "../contacts/store.ts";
import type { Pool } from "../db/pool.ts";
import { listChangesOf, listEventsById, type KeptEvent } from "../events/store.ts";
import { findMappingLine, type Mapping, type MappingLine } from "../mapping/mapping.ts";
import type { KnownContact } from "../contacts/known.ts";
import { standardFields, type DesiredContact } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { AppError } from "../model/error.ts";
import type { Reporting } from "../model/rates.ts";
import { noticesOf } from "./explain-notices.ts";
import { describeSubject } from "./explain-person.ts";
import { carriedBy, currentSetting, listRuleLines, listSettings, tellSetting, type Setting } from "./explain-rules.ts";
import { findSubject, type Subject } from "./explain-subject.ts";
import { causeOfRule, toExplainEvent, toExplainObject, traceWrite } from "./explain-write.ts";

/** Neither the mapping nor a rule has such an attribute. */
export class AttributeUnknown extends AppError {
  readonly code = "ATTRIBUTE_UNKNOWN";
  readonly kind = "missing";
  constructor(name: string, { lines }: Mapping, ofRules: readonly MappingLine[]) {
    const names = [...lines, ...ofRules].map((line) => line.name);
    super(`No attribute of this contact is called “${name}”. There are: ${names.join(", ")}.`);
  }
}

export type ExplainSource = {
  readonly pool: Pool;
  readonly mapping: () => Promise<Mapping>;
  /** What reports are made in; none when the operator names no currency. */
  readonly reporting?: Reporting | undefined;
  readonly nowMs: () => number;
  /** The address of a contact in Intercom's own pages. */
  readonly contactUrl: (contactId: string) => string | null;
  /** When a contact was last compared with Intercom and found right. */
  readonly confirmedAt: (contactId: string) => Promise<Date | null>;
};

type Asked = { readonly source: ExplainSource; readonly mapping: Mapping; readonly subject: Subject };

/** Explains one attribute. Throws CustomerUnknown, CustomerAmbiguous or AttributeUnknown. */
export async function explainAttribute(
  source: ExplainSource,
  query: ExplainQuery & { readonly attribute: string },
): Promise<AttributeExplanation> {
  const asked = await ask(source, query);
  const mapped = findMappingLine(asked.mapping, query.attribute);
  return mapped ? explainLine(asked, mapped, query) : explainRuleLine(asked, query);
}

async function explainLine(
  asked: Asked,
  line: MappingLine,
  { writes: limit }: Pick<ExplainQuery, "writes">,
): Promise<AttributeExplanation> {
  const { source, subject, mapping } = asked;
  const kept = await listWritesOf(source.pool, subject.customers, { name: line.name, limit });
  const about = await describeSubject(source, subject);
  const writes = await inTurn(kept, (write) => trace(asked, write, line.name));
  const desired = desiredNow(asked, line);
  const shown = await shownNow(asked, line);
  const { name, type, rule, reads } = line;
  const notices = await noticesOf(asked, { line, shown, desired, writes });
  const attribute = { name, type, from: "mapping" as const, rule, reads: [...reads], mapping: mapping.name };
  return { ...about, notices, attribute, setting: null, desired, shown, writes };
}

/** The same of an attribute that rules set: the chain leads over a rule's run instead of the mapping. */
async function explainRuleLine(
  asked: Asked,
  query: ExplainQuery & { readonly attribute: string },
): Promise<AttributeExplanation> {
  const { source, subject, mapping } = asked;
  const { pool } = source;
  const lines = await listRuleLines(pool, subject, mapping);
  const line = lines.find(({ name }) => name.toLowerCase() === query.attribute.trim().toLowerCase());
  const set = subject.set.find(({ name }) => name === line?.name);
  if (!line || !set) throw new AttributeUnknown(query.attribute, mapping, lines);
  const settings = await listSettings(pool, subject.leader, line.name);
  const current = currentSetting(set, settings);
  const explained = await explainLine(asked, line, query);
  const carried = carriedBy(explained.writes, settings, set.value);
  const writes: ExplainWrite[] = [];
  for (const [index, write] of explained.writes.entries()) writes.push(await overRule(pool, write, carried[index]));
  const version = current?.run.version;
  const attribute = {
    ...explained.attribute,
    from: "rules" as const,
    mapping: version === undefined ? "rules" : `rules@${version}`,
  };
  const setting = current ? (await tellSetting(pool, current)).setting : null;
  return { ...explained, attribute, setting, writes };
}

/** A write with the run that it carried in the place of the mapping's reasons. */
async function overRule(pool: Pool, write: ExplainWrite, carried: Setting | undefined): Promise<ExplainWrite> {
  if (!carried) return { ...write, mapping: null, cause: causeOfRule(write, null), events: [], eventsGone: [] };
  const { setting, event } = await tellSetting(pool, carried);
  const { eventId } = setting.trigger;
  return {
    ...write,
    mapping: `rules@${setting.version}`,
    cause: causeOfRule(write, setting),
    setting,
    events: event ? [toExplainEvent(event)] : [],
    eventsGone: event || eventId === null ? [] : [eventId],
  };
}

/** All attributes of a customer, a line each. Throws CustomerUnknown or CustomerAmbiguous. */
export async function explainCustomer(source: ExplainSource, query: ExplainQuery): Promise<CustomerExplanation> {
  const asked = await ask(source, query);
  const { mapping, subject } = asked;
  const about = await describeSubject(asked.source, subject);
  const mapped = await inTurn(mapping.lines, async (line) => ({
    ...(await summarise(asked, line)),
    from: "mapping" as const,
  }));
  const ofRules = await inTurn(await listRuleLines(source.pool, subject, mapping), async (line) => ({
    ...(await summarise(asked, line)),
    from: "rules" as const,
    cause: line.rule,
  }));
  return { ...about, notices: await noticesOf(asked), mapping: mapping.name, attributes: [...mapped, ...ofRules] };
}

/** One after the other: somebody who asks must not take the connections of the work itself. */
async function inTurn<T, U>(items: readonly T[], work: (item: T) => Promise<U>): Promise<U[]> {
  const done: U[] = [];
  for (const item of items) done.push(await work(item));
  return done;
}

async function ask(source: ExplainSource, { customer, account }: ExplainQuery): Promise<Asked> {
  const mapping = await source.mapping();
  return { source, mapping, subject: await findSubject({ ...source, mapping }, { name: customer, account }) };
}

function desiredNow({ subject }: Asked, { name, reads, whenEmpty }: MappingLine): AttributeExplanation["desired"] {
  const { present } = subject;
  if (!present) return null;
  const value = valueOf(present.desired, name);
  const { objects, others } = basisNow(reads, present);
  const whyEmpty = value === null ? (whenEmpty(present.profile) ?? "Stripe does not say.") : null;
  return { value, whyEmpty, objects: objects.map((object) => toExplainObject(object)), others };
}

async function shownNow({ source, subject }: Asked, { name }: MappingLine): Promise<AttributeExplanation["shown"]> {
  const { holder, present, customers } = subject;
  if (!holder?.known || holder.contactId === null) return null;
  const value = knownValue(holder.known, name);
  const [last] = await listWritesOf(source.pool, customers, { limit: 1 });
  const comparedAt = await source.confirmedAt(holder.contactId);
  return {
    value,
    agrees: present !== null && value === valueOf(present.desired, name),
    writtenAt: isoOf(last?.at),
    // Compared before our last write, it says nothing about what is shown now.
    confirmedAt: isoOf(comparedAt && last && comparedAt < last.at ? null : comparedAt),
  };
}

function isoOf(at: Date | null | undefined): string | null {
  return at?.toISOString() ?? null;
}

function valueOf({ standard, custom }: DesiredContact, name: string): AttributeValue {
  const field = standardFields.find((one) => one === name);
  return field ? standard[field] : (custom[name] ?? null);
}

function knownValue(known: KnownContact, name: string): AttributeValue {
  const field = standardFields.find((one) => one === name);
  return field ? known.standard[field].shown : (known.custom[name] ?? null);
}

/** How many writes back is looked for the copies as they were before. */
const earlierMax = 30;
const eventsMax = 500;

async function trace({ source, subject }: Asked, write: KeptWrite, name: string): Promise<ExplainWrite> {
  const earlier = await listWritesOf(source.pool, subject.customers, { beforeId: write.id, limit: earlierMax });
  const events = await eventsAround(source.pool, write, { earlier, customers: subject.customers });
  return traceWrite(write, name, { earlier, events });
}

/** The events that these writes name, and those that changed what the first of them rested on. */
async function eventsAround(
  pool: Pool,
  write: KeptWrite,
  { earlier, customers }: { readonly earlier: readonly KeptWrite[]; readonly customers: readonly CustomerKey[] },
): Promise<readonly KeptEvent[]> {
  const own = objectsOf(write);
  const objects = [...own, ...earlier.flatMap(objectsOf)];
  const named = new Set(objects.map(({ eventId }) => eventId).filter((id) => id !== null));
  const accounts = new Set(objects.map(({ account }) => account));
  const [byId, changes] = await Promise.all([
    listEventsById(pool, { accounts: [...accounts], ids: [...named] }),
    listChangesOf(pool, {
      customerIds: customers.map(({ customerId }) => customerId),
      objectIds: own.map(({ id }) => id),
      until: write.at,
      limit: eventsMax,
    }),
  ]);
  return [...new Map([...byId, ...changes].map((event) => [event.id, event])).values()];
}

function objectsOf({ basis }: KeptWrite): readonly BasisObject[] {
  return basis === null ? [] : readBasisObjects(basis);
}

type Summary = Omit<CustomerExplanation["attributes"][number], "from">;

async function summarise(asked: Asked, line: MappingLine): Promise<Summary> {
  const { present, holder, customers } = asked.subject;
  const { name, type } = line;
  const [last] = await listWritesOf(asked.source.pool, customers, { name, limit: 1 });
  return {
    name,
    type,
    desired: present ? valueOf(present.desired, name) : null,
    shown: holder?.known ? knownValue(holder.known, name) : null,
    isKnown: Boolean(holder?.known),
    changedAt: last?.at.toISOString() ?? null,
    cause: last ? (await trace(asked, last, name)).cause.text : whyUnwritten(asked, line),
  };
}

function whyUnwritten(asked: Asked, line: MappingLine): string {
  const desired = desiredNow(asked, line);
  if (!desired) return "The customer has never been read from Stripe.";
  return desired.whyEmpty ?? "It needed no write: Intercom showed it already, or there is no contact.";
}
