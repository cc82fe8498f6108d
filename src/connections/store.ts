/** Station connections' store: joined accounts, their encrypted credentials, and small facts about this installation. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import type { SecretBox } from "../lib/secret-box.ts";
import { isRecord, parseJson } from "../lib/json.ts";
import { AppError } from "../model/error.ts";
import type { Connection, Credentials, Vendor } from "./connection.ts";

/** Stored credentials cannot be read with the present key. */
export class CredentialsUnreadable extends AppError {
  readonly code = "CREDENTIALS_UNREADABLE";
  readonly kind = "invalid";
  constructor(vendor: Vendor) {
    super(
      `The stored credentials of ${vendor} were encrypted with another key. Set the DUNLIN_SECRET_KEY that was used then, or run \`dunlin connect ${vendor}\` again.`,
    );
  }
}

type Row = {
  readonly vendor: Vendor;
  readonly account_id: string | null;
  readonly label: string;
  readonly livemode: boolean | null;
  readonly credentials: Buffer | null;
  readonly details: Record<string, unknown>;
  readonly paused_code: string | null;
  readonly paused_reason: string | null;
};

/** The connection to a vendor, if there is one. */
export async function findConnection(db: Queryable, vendor: Vendor): Promise<Connection | undefined> {
  const text = "select * from connections where vendor = $1";
  const [row] = await query<Row>(db, sql.plain(text, [vendor]));
  return row && toConnection(row);
}

function toConnection(row: Row): Connection {
  const pause = row.paused_code === null ? null : { code: row.paused_code, reason: row.paused_reason ?? "" };
  return {
    vendor: row.vendor,
    accountId: row.account_id,
    label: row.label,
    livemode: row.livemode,
    details: row.details,
    pause,
  };
}

/** The stored credentials of a vendor. Throws CredentialsUnreadable when the key is another one. */
export async function findCredentials(db: Queryable, box: SecretBox, vendor: Vendor): Promise<Credentials | undefined> {
  const [row] = await query<Row>(db, sql.plain("select * from connections where vendor = $1", [vendor]));
  if (!row?.credentials) return undefined;
  const value = parseJson(box.open(row.credentials, vendor) ?? "");
  if (!isRecord(value)) throw new CredentialsUnreadable(vendor);
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Saves what is known about a connection; facts that are not named stay. */
export async function saveConnection(
  db: Queryable,
  connection: Pick<Connection, "vendor" | "accountId" | "label" | "livemode" | "details">,
): Promise<void> {
  const text = `insert into connections (vendor, account_id, label, livemode, details) values ($1, $2, $3, $4, $5)
    on conflict (vendor) do update set account_id = excluded.account_id, label = excluded.label,
      livemode = excluded.livemode, details = connections.details || excluded.details, updated_at = now()`;
  const { vendor, accountId, label, livemode, details } = connection;
  await query(db, sql.plain(text, [vendor, accountId, label, livemode, JSON.stringify(details)]));
}

/** Saves credentials, encrypted. */
export async function saveCredentials(
  db: Queryable,
  box: SecretBox,
  { vendor, credentials }: { readonly vendor: Vendor; readonly credentials: Credentials },
): Promise<void> {
  const text = `insert into connections (vendor, credentials) values ($1, $2)
    on conflict (vendor) do update set credentials = excluded.credentials, updated_at = now()`;
  await query(db, sql.plain(text, [vendor, box.seal(JSON.stringify(credentials), vendor)]));
}

/** Pauses a connection; answers true when it was running until now, so that one alert is raised. */
export async function pauseConnection(
  db: Queryable,
  vendor: Vendor,
  { code, reason }: { readonly code: string; readonly reason: string },
): Promise<boolean> {
  const text = `update connections set paused_code = $2, paused_reason = $3, paused_at = now()
    where vendor = $1 and paused_code is null returning vendor`;
  const rows = await query(db, sql.plain(text, [vendor, code, reason]));
  return rows.length > 0;
}

/** Lets a paused connection work again; answers true when it was paused. */
export async function resumeConnection(db: Queryable, vendor: Vendor): Promise<boolean> {
  const text = `update connections set paused_code = null, paused_reason = null, paused_at = null
    where vendor = $1 and paused_code is not null returning vendor`;
  const rows = await query(db, sql.plain(text, [vendor]));
  return rows.length > 0;
}

/** A stored setting as JSON; `undefined` when it was never set. */
export async function findSetting(db: Queryable, name: string): Promise<unknown> {
  const [row] = await query<{ value: unknown }>(db, sql.plain("select value from settings where name = $1", [name]));
  return row?.value;
}

export async function saveSetting(db: Queryable, name: string, value: unknown): Promise<void> {
  const text = `insert into settings (name, value) values ($1, $2)
    on conflict (name) do update set value = excluded.value, updated_at = now()`;
  await query(db, sql.plain(text, [name, JSON.stringify(value)]));
}

/** Saves a setting unless it is there already; answers what is there now. */
export async function keepSetting(db: Queryable, name: string, value: unknown): Promise<unknown> {
  await query(
    db,
    sql.plain("insert into settings (name, value) values ($1, $2) on conflict do nothing", [
      name,
      JSON.stringify(value),
    ]),
  );
  return findSetting(db, name);
}

/** Adds to the totals since the first start. */
export async function addTallies(db: Queryable, tallies: Readonly<Record<string, number>>): Promise<void> {
  const names = Object.keys(tallies).toSorted();
  const text = `insert into tallies as t (name, value) select * from unnest($1::text[], $2::bigint[])
    on conflict (name) do update set value = t.value + excluded.value`;
  await query(db, sql.prepared("add_tallies", text, [names, names.map((name) => tallies[name])]));
}

export async function findTallies(db: Queryable): Promise<Readonly<Record<string, number>>> {
  const rows = await query<{ name: string; value: number }>(
    db,
    sql.prepared("find_tallies", "select name, value from tallies"),
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}
