/**
 * The census: Intercom's contacts as paging through all of them showed them, kept while a backfill runs, so that linking
 * many customers needs no search for each. An entry may be out of date; who writes to a contact that is gone is told so.
 */
import { normaliseEmail } from "../contacts/email.ts";
import type { Queryable } from "../db/pool.ts";
import { query, sql } from "../db/query.ts";
import { parseStored } from "../lib/json.ts";
import type { Contact } from "../model/contact.ts";

/** Where the census stands. */
export type Census = {
  readonly cursor: string | null;
  readonly contacts: number;
  readonly total: number | null;
  readonly complete: boolean;
};

/** A census that began longer ago is not believed any more. */
const freshFor = "24 hours";

const findText = `
with fresh as (select 1 from census where complete and started_at > now() - interval '${freshFor}')
select exists (select 1 from fresh) as fresh, array(
  select shown from census_contacts where external_id = $1 and role = 'user' and exists (select 1 from fresh)
  union
  select shown from census_contacts where email = any($2) and exists (select 1 from fresh)
) as shown`;

/**
 * The user with this external id and everybody with one of these e-mails, users and leads alike, as the census saw them.
 * Null when there is no complete and fresh census: then Intercom must be asked.
 */
export async function findInCensus(
  db: Queryable,
  { externalId, emails }: { readonly externalId: string | null; readonly emails: readonly string[] },
): Promise<readonly Contact[] | null> {
  const normal = emails.map(normaliseEmail).filter((email) => email !== null);
  const [row] = await query<{ fresh: boolean; shown: string[] }>(
    db,
    sql.prepared("find_in_census", findText, [externalId, normal]),
  );
  return row?.fresh ? row.shown.map((text) => parseStored<Contact>(text)) : null;
}

/** Everybody with one of these external ids or normalised e-mails. The caller knows that the census is complete. */
export async function listFromCensus(
  db: Queryable,
  { externalIds, emails }: { readonly externalIds: readonly string[]; readonly emails: readonly string[] },
): Promise<readonly Contact[]> {
  const text = `select shown from census_contacts where external_id = any($1)
    union select shown from census_contacts where email = any($2)`;
  const rows = await query<{ shown: string }>(db, sql.prepared("list_from_census", text, [externalIds, emails]));
  return rows.map(({ shown }) => parseStored<Contact>(shown));
}

/** These contacts, as far as the census saw them. */
export async function listCensusContacts(db: Queryable, contactIds: readonly string[]): Promise<readonly Contact[]> {
  const text = "select shown from census_contacts where contact_id = any($1)";
  const rows = await query<{ shown: string }>(db, sql.prepared("list_census_contacts", text, [contactIds]));
  return rows.map(({ shown }) => parseStored<Contact>(shown));
}

/** The census under way or complete; one that is too old is undefined. */
export async function findCensus(db: Queryable): Promise<Census | undefined> {
  const text = `select cursor, contacts, total, complete from census where started_at > now() - interval '${freshFor}'`;
  const [census] = await query<Census>(db, sql.prepared("find_census", text));
  return census;
}

/** Begins a census, unless one is under way; what is left of an old one goes. */
export async function beginCensus(db: Queryable): Promise<Census> {
  const known = await findCensus(db);
  if (known) return known;
  await clearCensus(db);
  const text = `insert into census default values on conflict do nothing`;
  await query(db, sql.plain(text));
  return { cursor: null, contacts: 0, total: null, complete: false };
}

const pageText = `
with turned as (
  update census set cursor = $1, total = $2, contacts = contacts + $3, complete = $1::text is null
  where cursor is not distinct from $4::text and not complete returning 1
)
insert into census_contacts (contact_id, role, external_id, email, shown)
select * from unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
where exists (select 1 from turned)
on conflict (contact_id) do update set role = excluded.role, external_id = excluded.external_id,
  email = excluded.email, shown = excluded.shown`;

export type CensusPage = {
  readonly contacts: readonly Contact[];
  readonly total: number | null;
  /** Of the page after this one; null on the last. */
  readonly cursor: string | null;
};

/** Adds the page that follows `after`, and where to go on, in one statement. Somebody else's page is not added twice. */
export async function addCensusPage(
  db: Queryable,
  {
    page,
    after,
    names,
  }: { readonly page: CensusPage; readonly after: string | null; readonly names: ReadonlySet<string> },
): Promise<void> {
  const contacts = [...new Map(page.contacts.map((contact) => [contact.id, contact])).values()];
  const sorted = contacts.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const values = [
    page.cursor,
    page.total,
    sorted.length,
    after,
    sorted.map(({ id }) => id),
    sorted.map(({ role }) => role),
    sorted.map(({ externalId }) => externalId),
    sorted.map(({ email }) => normaliseEmail(email)),
    sorted.map((contact) => JSON.stringify(withoutForeign(contact, names))),
  ];
  await query(db, sql.prepared("add_census_page", pageText, values));
}

/** Attributes that are not ours are nobody's business here. */
function withoutForeign(contact: Contact, names: ReadonlySet<string>): Contact {
  const own = Object.entries(contact.customAttributes).filter(([name, value]) => names.has(name) && value !== null);
  return { ...contact, customAttributes: Object.fromEntries(own) };
}

/** Forgets everything that the census saw. */
export async function clearCensus(db: Queryable): Promise<void> {
  await query(db, sql.plain("truncate census, census_contacts"));
}
