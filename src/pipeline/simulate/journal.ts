/**
 * The journal, read person by person in one consistent snapshot: two cursors go through people and events in the same order,
 * so that memory stays the same however much is recorded. Several readers share the work, each its part of the people.
 */
import { listCopiesOfKinds, profileKinds } from "../../billing/store.ts";
import type { Queryable } from "../../db/pool.ts";
import { query, sql } from "../../db/query.ts";
import { customerKeyText, type CustomerKey } from "../../model/customer-key.ts";
import type { ObjectKind } from "../../model/stripe-object.ts";
import type { KeptCrossing } from "../../model/usage.ts";
import type { ContactSignal } from "../../signals/signal.ts";
import type { Interest } from "./interest.ts";
import type { AccountCopy, PersonRecord, RecordedEvent } from "./record.ts";

/** One reader of several. */
export type Part = { readonly index: number; readonly of: number };

/** What is read; seconds are unix. */
export type Reading = {
  readonly fromS: number;
  readonly toS: number;
  readonly part: Part;
  readonly interest: Interest;
};

const peoplePage = 100;
const eventsPage = 1_000;

/** What was received later than Stripe delivers was fetched from its list, and counts as of its own time. */
const deliveryMaxS = 3 * 86_400;

/** All that the past is made of: here each invoice counts, of every period. */
const copyKinds: readonly ObjectKind[] = [...profileKinds, "invoice"];

/** The leader of a customer's person, as two columns. */
const leader = (customer: string, account: string): string =>
  `coalesce(i.leader_account, ${account}) collate "C" as leader_account, coalesce(i.leader_id, ${customer}) collate "C" as leader_id`;

const inPart = `(hashtext(leader_account || ' ' || leader_id) & 2147483647) % $1::int = $2::int`;

const peopleText = `declare simulated_people no scroll cursor for
  select * from (select ${leader("o.id", "o.account")}, o.account, o.id as customer_id, l.contact_id
    from stripe_objects o left join identities i on i.account = o.account and i.customer_id = o.id
      left join identities l on l.account = coalesce(i.leader_account, o.account) and l.customer_id = coalesce(i.leader_id, o.id)
    where o.kind = 'customer') p
  where ${inPart} order by leader_account, leader_id, account, customer_id`;

/** What is sorted has no body looked at; what is joined is worked out once, and told to the planner as it is. */
const eventsText = `declare simulated_events no scroll cursor for
  select leader_account, leader_id, account, id, type, created_s, heard_s, object_id, customer_id, convert_from(body, 'UTF8') as body
  from (select * from (select ${leader("e.customer_id", "e.account")}, e.account, e.id, e.type, e.created_s, e.object_id, e.customer_id,
        e.received_at, e.body,
        case when e.received_at between to_timestamp(e.created_s) and to_timestamp(e.created_s + ${deliveryMaxS})
          then floor(extract(epoch from e.received_at))::bigint else e.created_s end as heard_s
      from stripe_events e left join identities i on i.account = e.account and i.customer_id = e.customer_id
      where e.customer_id is not null and e.type = any($3) and length(e.body) > 0
        and e.created_s >= $4 - ${deliveryMaxS} and e.created_s < $5 offset 0) x
    where ${inPart} and heard_s >= $4 and heard_s < $5
    order by leader_account, leader_id, heard_s, received_at, created_s, id offset 0) s`;

type PersonRow = CustomerKey & {
  readonly leader_account: string;
  readonly leader_id: string;
  readonly customer_id: string;
  readonly contact_id: string | null;
};

type EventRow = {
  readonly leader_account: string;
  readonly leader_id: string;
  readonly account: string;
  readonly id: string;
  readonly type: string;
  readonly created_s: number;
  readonly heard_s: number;
  readonly object_id: string | null;
  readonly customer_id: string;
  readonly body: string;
};

type Person = { readonly leader: CustomerKey; readonly customers: CustomerKey[]; readonly contactId: string | null };

/** Reads this part's people, some at a time. Call it inside a read-only transaction of its own. */
export async function* readPeople(tx: Queryable, reading: Reading): AsyncGenerator<readonly PersonRecord[]> {
  const { part, interest, fromS, toS } = reading;
  const shared = [part.of, part.index];
  // Sorting goes to the disk when it does not fit; it is one sort per reader.
  await query(tx, sql.plain("set local work_mem = '64MB'"));
  await query(tx, sql.plain(inlined(peopleText, shared)));
  await query(tx, sql.plain(inlined(eventsText, [...shared, interest.eventTypes, fromS, toS])));
  const people = new Groups(new Cursor<PersonRow>(tx, "simulated_people", peoplePage));
  const events = new Groups(new Cursor<EventRow>(tx, "simulated_events", eventsPage));
  for (;;) {
    const page: { person: Person; events: readonly RecordedEvent[] }[] = [];
    for (let held = 0; page.length < peoplePage && held < eventsPage;) {
      const rows = await people.next();
      const [first] = rows ?? [];
      if (!rows || !first) break;
      const own = await events.upTo(first);
      page.push({ person: personOf(first, rows), events: own.map(eventOf) });
      held += own.length;
    }
    if (page.length === 0) return;
    yield await complete(tx, page, reading);
  }
}

/** Cursors take no parameters over this protocol's simple form; these are numbers and names of types, which are ours. */
function inlined(text: string, values: readonly (number | readonly string[])[]): string {
  return text.replaceAll(/\$(\d)/g, (_whole, place: string) => {
    const value = values[Number(place) - 1];
    if (typeof value === "number") return String(Math.trunc(value));
    const names = (value ?? []).filter((name) => /^[a-z0-9_.]+$/.test(name)).map((name) => `'${name}'`);
    return `array[${names.join(",")}]::text[]`;
  });
}

type Keyed = { readonly leader_account: string; readonly leader_id: string };

/** Rows of a cursor, a page at a time. */
class Cursor<Row extends Keyed> {
  readonly #tx: Queryable;
  readonly #text: string;
  #rows: readonly Row[] = [];
  #at = 0;
  #isAtEnd = false;

  constructor(tx: Queryable, name: string, page: number) {
    this.#tx = tx;
    this.#text = `fetch ${page} from ${name}`;
  }

  /** The next row, which stays the next one until `skip`. */
  async peek(): Promise<Row | undefined> {
    if (this.#at === this.#rows.length && !this.#isAtEnd) {
      this.#rows = await query<Row>(this.#tx, sql.plain(this.#text));
      this.#at = 0;
      this.#isAtEnd = this.#rows.length === 0;
    }
    return this.#rows[this.#at];
  }

  skip(): void {
    this.#at += 1;
  }
}

/** Rows of one person together. */
class Groups<Row extends Keyed> {
  readonly #cursor: Cursor<Row>;

  constructor(cursor: Cursor<Row>) {
    this.#cursor = cursor;
  }

  /** The rows of the next person; undefined at the end. */
  async next(): Promise<readonly Row[] | undefined> {
    const first = await this.#cursor.peek();
    return first && this.upTo(first);
  }

  /** The rows of this person; those of people before are passed over. */
  async upTo(person: Keyed): Promise<readonly Row[]> {
    const rows: Row[] = [];
    for (let row = await this.#cursor.peek(); row && compare(row, person) <= 0; row = await this.#cursor.peek()) {
      if (compare(row, person) === 0) rows.push(row);
      this.#cursor.skip();
    }
    return rows;
  }
}

/** In the order of the bytes, as the database sorts them: what tells people apart is ASCII. */
function compare(a: Keyed, b: Keyed): number {
  if (a.leader_account !== b.leader_account) return a.leader_account < b.leader_account ? -1 : 1;
  return a.leader_id === b.leader_id ? 0 : a.leader_id < b.leader_id ? -1 : 1;
}

function personOf(first: PersonRow, rows: readonly PersonRow[]): Person {
  const customers = rows.map(({ account, customer_id: customerId }) => ({ account, customerId }));
  return {
    leader: { account: first.leader_account, customerId: first.leader_id },
    customers,
    contactId: first.contact_id,
  };
}

function eventOf(row: EventRow): RecordedEvent {
  const { account, id, type, body } = row;
  return {
    account,
    id,
    type,
    createdS: row.created_s,
    heardS: row.heard_s,
    objectId: row.object_id,
    customerId: row.customer_id,
    body,
  };
}

async function complete(
  tx: Queryable,
  page: readonly { readonly person: Person; readonly events: readonly RecordedEvent[] }[],
  { interest, toS }: Reading,
): Promise<readonly PersonRecord[]> {
  const customers = page.flatMap(({ person }) => person.customers);
  const copies = await findAllCopies(tx, customers);
  const contactIds = page.flatMap(({ person }) => person.contactId ?? []);
  const signals = interest.hearsSignals ? await listSignals(tx, contactIds, toS) : new Map<string, ContactSignal[]>();
  const crossings = interest.hearsUsage ? await listCrossingsOf(tx, customers, toS) : [];
  return page.map(({ person, events }) => {
    const own = new Set(person.customers.map(customerKeyText));
    return {
      leader: person.leader,
      customers: person.customers,
      copies: person.customers.flatMap((customer) => copies.get(customerKeyText(customer)) ?? []),
      events,
      signals: signals.get(person.contactId ?? "") ?? [],
      crossings: crossings.filter((crossing) => own.has(customerKeyText(crossing))),
    };
  });
}

async function findAllCopies(
  tx: Queryable,
  customers: readonly CustomerKey[],
): Promise<ReadonlyMap<string, readonly AccountCopy[]>> {
  const found = new Map<string, readonly AccountCopy[]>();
  for (const account of new Set(customers.map((customer) => customer.account))) {
    const customerIds = customers.filter((one) => one.account === account).map(({ customerId }) => customerId);
    for (const [customerId, copies] of await listCopiesOfKinds(tx, account, { customerIds, kinds: copyKinds })) {
      const own = copies.map((copy) => ({ account, copy }));
      found.set(customerKeyText({ account, customerId }), own);
    }
  }
  return found;
}

async function listSignals(
  tx: Queryable,
  contactIds: readonly string[],
  toS: number,
): Promise<ReadonlyMap<string, ContactSignal[]>> {
  if (contactIds.length === 0) return new Map();
  const text = `select id, contact_id as "contactId", kind, conversation_id as "conversationId", tag, at_s as "atS", source
    from signals where contact_id = any($1) and at_s < $2 order by at_s, seq`;
  const rows = await query<ContactSignal>(tx, sql.prepared("list_simulated_signals", text, [contactIds, toS]));
  const byContact = new Map<string, ContactSignal[]>(contactIds.map((id) => [id, []]));
  for (const row of rows) byContact.get(row.contactId)?.push(row);
  return byContact;
}

async function listCrossingsOf(
  tx: Queryable,
  customers: readonly CustomerKey[],
  toS: number,
): Promise<readonly (KeptCrossing & { readonly account: string })[]> {
  const text = `select account, customer_id as "customerId", meter, period_start_s as "periodStartS", period_end_s as "periodEndS",
      threshold::float8 as threshold, direction, at_s as "atS", value, limit_amount as "limit"
    from usage_crossings where (account, customer_id) in (select * from unnest($1::text[], $2::text[])) and at_s < $3
    order by at_s, id`;
  const values = [customers.map(({ account }) => account), customers.map(({ customerId }) => customerId), toS];
  return query(tx, sql.prepared("list_simulated_crossings", text, values));
}

/** Since when there is a journal, by account, and until when (unix seconds); 0 when nothing is recorded. */
export async function findJournal(
  db: Queryable,
): Promise<{ readonly since: ReadonlyMap<string, number>; readonly untilS: number }> {
  const text = `select account, min(created_s) as "sinceS", max(created_s) as "untilS"
    from stripe_events where length(body) > 0 group by account`;
  const rows = await query<{ account: string; sinceS: number; untilS: number }>(db, sql.plain(text));
  return {
    since: new Map(rows.map(({ account, sinceS }) => [account, sinceS])),
    untilS: Math.max(0, ...rows.map(({ untilS }) => untilS)),
  };
}

/** How many events of this stretch are recorded. */
export async function countEvents(
  db: Queryable,
  { fromS, toS }: { readonly fromS: number; readonly toS: number },
): Promise<number> {
  const text = `select count(*) as count from stripe_events where length(body) > 0 and created_s >= $1 and created_s < $2`;
  const [row] = await query<{ count: number }>(db, sql.plain(text, [fromS, toS]));
  return row?.count ?? 0;
}
