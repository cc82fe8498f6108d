/** What a database says that was out of use for a while: the world has gone on without it, and some of it may be done. */
import { query, sql } from "../../db/query.ts";
import type { Tx } from "../../db/pool.ts";

/**
 * What is planned may have happened meanwhile, to whoever the contact was by then. What can be done twice without a trace
 * stays planned. Unknown to whom, so that several may be looked for on one contact.
 */
const plannedText = `update effects set state = 'unknown', contact_id = null, looks = 0, doubted_at = coalesce(doubted_at, planned_at),
  due_at = now(), leased_by = null, leased_until = null where state = 'planned' and guarantee <> 'effectively_once'`;

/** What is being looked for may have been repeated meanwhile, so what was not found so far says nothing. */
const unknownText = "update effects set looks = 0, due_at = now() where state in ('sent', 'unknown')";

/** What has failed may have been replayed meanwhile: a person who replays it has it looked for first. */
const failedText = `update effects set doubted_at = coalesce(doubted_at, planned_at)
  where state = 'failed' and guarantee <> 'effectively_once'`;

/** Contacts may show what was written meanwhile: each is read before it is written again. */
const contactsText = "update identities set doubted = true where state = 'linked' and contact_id is not null";

/** So may companies, and links of theirs may have come and gone: what is there already is found again. */
const companiesText = "update companies set doubted = true where intercom_id is not null";

/** What rules have done meanwhile nobody knows, so that they stand still until a person lets them go on. */
const rulesText = `insert into rule_stops as s (rule, by, reason)
  select rule ->> 'name', 'restore', 'The database was out of use or restored: what the rule did meanwhile is not known. Look at its runs, end those that are done (dunlin rules cancel), then let it go on: dunlin rules resume'
  from documents d, json_array_elements(d.body::json -> 'rules') rule
  where d.kind = 'rules' and d.version = (select max(version) from documents where kind = 'rules')
  on conflict (rule) do update set by = excluded.by, reason = excluded.reason, since = now(), resumed_s = null
  where s.resumed_s is not null`;

/** Believes nothing about the world outside until it was looked at, so that a restored database does nothing twice. */
export async function doubtTheWorld(tx: Tx): Promise<void> {
  // What is planned comes last: by then it is unknown as well.
  for (const text of [unknownText, failedText, contactsText, companiesText, rulesText, plannedText])
    await query(tx, sql.plain(text));
}
