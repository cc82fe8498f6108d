/** Station connections' store: joined accounts, their encrypted credentials, and small facts about this installation. */
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import type { SecretBox } from "../lib/secret-box.ts";
import { isRecord, parseJson } from "../lib/json.ts";
import { AppError } from "../model/error.ts";
import { mainAccount, type Connection, type Credentials, type Vendor } from "./connection.ts";
import type { Pause } from "./pause.ts";

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
};

/** The connection to a vendor, if there is one; of Stripe's accounts the main one unless another is named. */
export async function findConnection(
  db: Queryable,
  vendor: Vendor,
  account = mainAccount,
): Promise<Connection | undefined> {
  const text = "select * from connections where vendor = $1 and account = $2";
  const [row] = await query<Row>(db, sql.plain(text, [vendor, account]));
  return row && toConnection(row);
}

/** The names of all Stripe accounts that were ever joined, without the main one, wherever their keys are. */
export async function listJoinedAccounts(db: Queryable): Promise<readonly string[]> {
  const text = "select account from connections where vendor = 'stripe' and account <> $1 order by account";
  const rows = await query<{ account: string }>(db, sql.plain(text, [mainAccount]));
  return rows.map(({ account }) => account);
}

/** The names of the Stripe accounts whose keys are kept, without the main one. */
export async function listFurtherAccounts(db: Queryable): Promise<readonly string[]> {
  const text = `select account from connections
    where vendor = 'stripe' and account <> $1 and credentials is not null order by account`;
  const rows = await query<{ account: string }>(db, sql.plain(text, [mainAccount]));
  return rows.map(({ account }) => account);
}

function toConnection(row: Row): Connection {
  return {
    vendor: row.vendor,
    accountId: row.account_id,
    label: row.label,
    livemode: row.livemode,
    details: row.details,
  };
}

export type Owner = { readonly vendor: Vendor; readonly account?: string };

/** What credentials are sealed for: a row that is copied to another account cannot be opened there. */
function purposeOf({ vendor, account = mainAccount }: Owner): string {
  return account === mainAccount ? vendor : `${vendor}:${account}`;
}

/** The stored credentials of a vendor's account. Throws CredentialsUnreadable when the key is another one. */
export async function findCredentials(db: Queryable, box: SecretBox, owner: Owner): Promise<Credentials | undefined> {
  const { vendor, account = mainAccount } = owner;
  const text = "select * from connections where vendor = $1 and account = $2";
  const [row] = await query<Row>(db, sql.plain(text, [vendor, account]));
  if (!row?.credentials) return undefined;
  const value = parseJson(box.open(row.credentials, purposeOf(owner)) ?? "");
  if (!isRecord(value)) throw new CredentialsUnreadable(vendor);
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/** Saves what is known about a connection; facts that are not named stay. */
export async function saveConnection(
  db: Queryable,
  connection: Pick<Connection, "accountId" | "label" | "livemode" | "details"> & Owner,
): Promise<void> {
  const text = `insert into connections (vendor, account_id, label, livemode, details, account) values ($1, $2, $3, $4, $5, $6)
    on conflict (vendor, account) do update set account_id = excluded.account_id, label = excluded.label,
      livemode = excluded.livemode, details = connections.details || excluded.details, updated_at = now()`;
  const { vendor, account = mainAccount, accountId, label, livemode, details } = connection;
  await query(db, sql.plain(text, [vendor, accountId, label, livemode, JSON.stringify(details), account]));
}

/** Saves credentials, encrypted. */
export async function saveCredentials(
  db: Queryable,
  box: SecretBox,
  { credentials, ...owner }: Owner & { readonly credentials: Credentials },
): Promise<void> {
  const text = `insert into connections (vendor, account, credentials) values ($1, $2, $3)
    on conflict (vendor, account) do update set credentials = excluded.credentials, updated_at = now()`;
  const sealed = box.seal(JSON.stringify(credentials), purposeOf(owner));
  await query(db, sql.plain(text, [owner.vendor, owner.account ?? mainAccount, sealed]));
}

type PauseRow = Omit<Pause, "by"> & { readonly made_by: Pause["by"] };

/** What stands still at present, longest first. */
export async function listPauses(db: Queryable): Promise<readonly Pause[]> {
  const text = `select scope, made_by, code, reason, since, until from pauses
    where until is null or until > now() order by since, scope, made_by`;
  const rows = await query<PauseRow>(db, sql.prepared("list_pauses", text));
  return rows.map(({ made_by: by, ...row }) => ({ ...row, by }));
}

export type PauseRequest = Pick<Pause, "scope" | "by" | "code" | "reason"> & {
  /** How long it lasts at most; null until it is lifted. */
  readonly lastsMs: number | null;
};

/** Pauses, or renews a pause; answers true when it is new, so that one alert is raised. */
export async function savePause(db: Queryable, { scope, by, code, reason, lastsMs }: PauseRequest): Promise<boolean> {
  const text = `insert into pauses as p (scope, made_by, code, reason, until)
    values ($1, $2, $3, $4, now() + $5::float8 * interval '1 ms')
    on conflict (scope, made_by) do update set code = excluded.code, reason = excluded.reason, until = excluded.until,
      since = case when p.until < now() then now() else p.since end
    returning (xmax = 0) as is_new`;
  const [row] = await query<{ is_new: boolean }>(db, sql.plain(text, [scope, by, code, reason, lastsMs]));
  return row?.is_new ?? false;
}

/** Lifts a pause; answers true when there was one. */
export async function liftPause(db: Queryable, { scope, by }: Pick<Pause, "scope" | "by">): Promise<boolean> {
  const text = "delete from pauses where scope = $1 and made_by = $2 returning scope";
  return (await query(db, sql.plain(text, [scope, by]))).length > 0;
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

/** Saves another value in the place of the one that was read; nothing when somebody else has replaced it meanwhile. */
export async function replaceSetting(
  db: Queryable,
  name: string,
  { from, to }: { readonly from: unknown; readonly to: unknown },
): Promise<void> {
  const text = "update settings set value = $3, updated_at = now() where name = $1 and value = $2::jsonb";
  await query(db, sql.plain(text, [name, JSON.stringify(from), JSON.stringify(to)]));
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
