/** The plans document: what is in force, and saving another version after it was held against the prices that are known. */
import { plansDocument, type PlansDocument, type PlansFinding, type PlansInForce } from "../../contract/plans.ts";
import type { PricesById } from "../billing/savings/basket.ts";
import { checkPlans, PlansInvalid } from "../billing/savings/check-plans.ts";
import { findCopies } from "../billing/store.ts";
import type { Pool } from "../db/pool.ts";
import { parseShape } from "../lib/shape-problems.ts";
import { findDocument, saveDocument } from "../documents/store.ts";
import type { ObjectCopy, ObjectCopyOf } from "../model/stripe-object.ts";
import { listAccounts } from "./explain-subject.ts";

/** The document in force; null while there is none. */
export type PlansVersion = { readonly version: number; readonly document: PlansDocument };

/** Reads a document, whatever it is. Throws PlansInvalid, which names every mistake of its form. */
export function parsePlans(body: unknown): PlansDocument {
  const parsed = parseShape(plansDocument, body);
  if ("data" in parsed) return parsed.data;
  throw new PlansInvalid(parsed.problems.map(({ path, problem }) => `${path}: ${sentence(problem)}`));
}

function sentence(text: string): string {
  return /[.?]$/.test(text) ? text : `${text}.`;
}

/** The plans in force. Throws PlansInvalid when they were saved by a version of Dunlin that allowed what this one does not. */
export async function findPlans(pool: Pool): Promise<PlansVersion | null> {
  const stored = await findDocument(pool, "plans");
  return stored ? { version: stored.version, document: parsePlans(stored.body) } : null;
}

/** What is in force, with what is to be said about it by the prices as they are now. */
export async function showPlans(pool: Pool): Promise<PlansInForce> {
  const stored = await findDocument(pool, "plans");
  if (!stored) return { version: 0, document: null, savedAt: null, savedBy: null, findings: [] };
  const document = parsePlans(stored.body);
  const { version, savedAt, savedBy } = stored;
  const findings = [...(await judgePlans(pool, document))];
  return { version, document, savedAt: savedAt.toISOString(), savedBy, findings };
}

/** What is to be said about a document by the prices that are known, of all accounts. */
export async function judgePlans(pool: Pool, document: PlansDocument): Promise<readonly PlansFinding[]> {
  const ids = priceIdsOf(document);
  const prices = new Map<string, ObjectCopyOf<"price">>();
  for (const account of await listAccounts(pool)) {
    for (const [id, price] of await findPrices(pool, account, ids)) prices.set(id, price);
  }
  return checkPlans(document, prices);
}

export type PlansToSave = {
  readonly document: PlansDocument;
  readonly basedOn: number;
  readonly by: string;
  readonly note?: string | undefined;
};

/** Saves the next version. Throws PlansInvalid with every error, or DocumentChanged. */
export async function savePlans(pool: Pool, { document, basedOn, by, note }: PlansToSave): Promise<PlansInForce> {
  const errors = (await judgePlans(pool, document)).filter(({ level }) => level === "error");
  if (errors.length > 0) throw new PlansInvalid(errors.map(({ plan, text }) => `${plan}: ${text}`));
  await saveDocument(pool, { kind: "plans", body: document, basedOn, by, note });
  return showPlans(pool);
}

/** Every price that the plans name. */
export function priceIdsOf({ plans }: PlansDocument): readonly string[] {
  return [...new Set(plans.flatMap(({ prices }) => prices.map(({ id }) => id)))].toSorted();
}

/** The prices of an account with these ids, as far as they are known. */
export async function findPrices(pool: Pool, account: string, ids: readonly string[]): Promise<PricesById> {
  const copies = await findCopies(pool, account, ids);
  return new Map(copies.filter(isPrice).map((price) => [price.id, price]));
}

function isPrice(copy: ObjectCopy): copy is ObjectCopyOf<"price"> & ObjectCopy {
  return copy.kind === "price";
}
