/** Station savings: its rows. A receipt is inserted once and never changed; what Stripe says about it stands beside it. */
import type { SavingsBody, SavingsConfirmation } from "../../contract/savings.ts";
import { query, sql } from "../db/query.ts";
import type { Queryable } from "../db/pool.ts";
import { parseStored } from "../lib/json.ts";
import { ReceiptNotFound } from "./receipt.ts";

export type StoredReceipt = {
  readonly body: SavingsBody;
  readonly createdAt: Date;
  readonly confirmation: SavingsConfirmation | null;
};

type Row = { readonly receipt: string; readonly created_at: Date; readonly confirmation: string | null };

/** Keeps a receipt; one with the same id is there already, and stays. */
export async function saveReceipt(db: Queryable, body: SavingsBody): Promise<StoredReceipt> {
  const text = `insert into savings_receipts (id, account, customer_id, receipt) values ($1, $2, $3, $4)
    on conflict (id) do nothing`;
  await query(db, sql.plain(text, [body.id, body.account, body.customerId, JSON.stringify(body)]));
  return getReceipt(db, body.id);
}

/** The receipt with this id. Throws ReceiptNotFound. */
export async function getReceipt(db: Queryable, id: string): Promise<StoredReceipt> {
  const text = "select receipt, created_at, confirmation from savings_receipts where id = $1";
  const [row] = await query<Row>(db, sql.plain(text, [id]));
  if (!row) throw new ReceiptNotFound(id);
  return toStored(row);
}

/** Keeps what Stripe said; the newest answer counts, and a failure takes the place of no answer only. */
export async function saveConfirmation(db: Queryable, id: string, said: SavingsConfirmation): Promise<StoredReceipt> {
  const text = `update savings_receipts set confirmation = $2, confirmed_at = $3
    where id = $1 and (confirmed_at is null or confirmed_at <= $3) and ($4 or confirmation is null)`;
  await query(db, sql.plain(text, [id, JSON.stringify(said), said.askedAt, said.outcome !== "failed"]));
  return getReceipt(db, id);
}

function toStored({ receipt, created_at, confirmation }: Row): StoredReceipt {
  return {
    body: parseStored<SavingsBody>(receipt),
    createdAt: created_at,
    confirmation: confirmation === null ? null : parseStored<SavingsConfirmation>(confirmation),
  };
}
