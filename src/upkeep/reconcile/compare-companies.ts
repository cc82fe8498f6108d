/**
 * Compares all companies of the workspace with what we wrote, one page of a scroll after the other.
 *
 * Compared are plan, monthly spend and the attributes of the mapping, of companies that have people. Not compared are the
 * name (whoever changes it keeps it), attributes marked `shared`, everything that Dunlin does not write, and which contacts
 * are attached: a link that people remove stays removed. Companies that a complete scroll does not show are read one by one
 * by the worker, at most so many in a night.
 */
import { foreignEdits, knownAfterEdits, type Comparison } from "../../companies/known.ts";
import type { CompanyRules } from "../../companies/rules.ts";
import {
  doubtCompany,
  listComparable,
  listUnseen,
  takeOverKnown,
  type ComparableCompany,
} from "../../companies/store.ts";
import type { Pool } from "../../db/pool.ts";
import { query, sql } from "../../db/query.ts";
import { scrollCompanies, type CompanyPage } from "../../intercom/companies.ts";
import { IntercomNotFound, IntercomRejected, IntercomUnavailable } from "../../intercom/failure.ts";
import { pause } from "../../lib/pause.ts";
import type { Company } from "../../model/company.ts";
import { messageOf } from "../../model/error.ts";
import { queueCompanies } from "../../queue/company-jobs.ts";
import { untilOpen } from "../until-open.ts";
import { showsTheSame } from "./classify.ts";
import { saveDrifts } from "./drift-rows.ts";
import { differencesMax, type Drift } from "./drift.ts";
import type { ReconcileParts } from "./parts.ts";
import type { RunInHand } from "./run-in-hand.ts";

type Scene = { readonly parts: ReconcileParts; readonly run: RunInHand; readonly signal: AbortSignal };

/** Intercom: a scroll cannot be continued after an error, it begins anew. */
const scrollsMax = 3;
const scrollIdleMs = 61_000;
/** A list may be some seconds older than the last write. */
const staleMs = 60_000;
const unseenMax = 500;
const lane = "backfill";

/** Compares companies, unless they are off. A list that cannot be read to its end is left for the next night. */
export async function compareCompanies(scene: Scene): Promise<void> {
  const rules = scene.parts.companies?.() ?? null;
  if (rules === null || scene.run.options.account !== null) return;
  const { log, pool } = scene.parts.contexts.main;
  for (let turn = 1; turn <= scrollsMax; turn += 1) {
    try {
      const before = await momentBefore(pool, staleMs);
      const seen = await scrollThrough(scene, rules, before);
      await readUnseen(scene, seen, before);
      scene.parts.onQueued();
      return;
    } catch (error) {
      if (!breaksScroll(error)) throw error;
      log.warn({ turn, err: error }, `the list of companies broke off: ${messageOf(error)}`);
      // The broken one has to expire first: an app has one scroll at a time.
      if (turn < scrollsMax) await pause(scrollIdleMs, scene.signal);
    }
  }
}

/** Lost, expired, or another scroll of this app is open. */
function breaksScroll(error: unknown): boolean {
  return error instanceof IntercomUnavailable || error instanceof IntercomNotFound || error instanceof IntercomRejected;
}

/** The database's clock decides, as it also notes when something was written. */
async function momentBefore(pool: Pool, ms: number): Promise<Date> {
  const text = "select now() - $1::int * interval '1 ms' as moment";
  const [row] = await query<{ moment: Date }>(pool, sql.plain(text, [ms]));
  if (!row) throw new Error("The database did not say what time it is.");
  return row.moment;
}

/** Answers the ids of all companies that the scroll has shown. */
async function scrollThrough(scene: Scene, rules: CompanyRules, before: Date): Promise<readonly string[]> {
  const { parts, run, signal } = scene;
  const { intercom } = parts.contexts.main;
  const seen: string[] = [];
  for (let cursor: string | null = null; ;) {
    await untilOpen(parts, (now) => now.intercom, signal);
    const page: CompanyPage = await scrollCompanies(intercom, cursor, { lane, signal });
    run.countCall("intercom");
    if (page.companies.length === 0) return seen;
    await comparePage(scene, { rules, before, page });
    seen.push(...page.companies.map(({ id }) => id));
    if (page.cursor === null) return seen;
    cursor = page.cursor;
  }
}

type PageInHand = { readonly rules: CompanyRules; readonly before: Date; readonly page: CompanyPage };

async function comparePage({ parts, run }: Scene, { rules, before, page: { companies } }: PageInHand): Promise<void> {
  const { pool } = parts.contexts.main;
  const shared = new Set(rules.attributes.filter(({ isShared }) => isShared).map(({ name }) => name));
  const comparison: Comparison = { isShared: (name) => shared.has(name), isSame: showsTheSame };
  const ids = companies.map(({ id }) => id);
  const keys = companies.flatMap(({ companyId }) => companyId ?? []);
  await run.step(pool, async (tx) => {
    for (const ours of await listComparable(tx, { ids, keys, before })) {
      const shown = companies.find(({ id, companyId }) => id === ours.intercomId || companyId === ours.key);
      if (!shown) continue;
      const drift = driftOf(ours, { shown, comparison, isCheck: run.options.check });
      if (drift === null) continue;
      const taken = run.options.check || (await takeOver(tx, ours, { shown, comparison }));
      if (taken) await saveDrifts(tx, run.id, [drift]);
    }
    return {};
  });
}

type Seen = { readonly shown: Company; readonly comparison: Comparison };

/** One that was deleted and is there again is looked at from the beginning. */
async function takeOver(
  tx: Parameters<typeof takeOverKnown>[0],
  ours: ComparableCompany,
  { shown, comparison }: Seen,
): Promise<boolean> {
  if (ours.state !== "gone") {
    const known = knownAfterEdits(ours.known, shown, comparison);
    return takeOverKnown(tx, { key: ours.key, version: ours.version, known });
  }
  await doubtCompany(tx, ours.key);
  await queueCompanies(tx, { keys: [ours.key], lane });
  return true;
}

function driftOf(
  { key, state, known }: ComparableCompany,
  { shown, comparison, isCheck }: Seen & { readonly isCheck: boolean },
): Drift | null {
  const isBack = state === "gone";
  const edits = isBack ? [["company", "deleted", "there again"] as const] : foreignEdits(known, shown, comparison);
  if (edits.length === 0) return null;
  const done = isBack ? "followed" : "rewritten";
  return {
    class: isBack ? "archived" : "foreign_edit",
    account: null,
    customerId: null,
    contactId: null,
    objectId: `company ${key}`,
    differences: edits.slice(0, differencesMax),
    done: isCheck ? "reported" : done,
  };
}

/** They were deleted, or have lost all their people: the worker reads each of them. */
async function readUnseen({ parts, run }: Scene, seen: readonly string[], before: Date): Promise<void> {
  if (run.options.check) return;
  const { pool } = parts.contexts.main;
  const keys = await listUnseen(pool, { seen, before, limit: unseenMax });
  if (keys.length === 0) return;
  await run.step(pool, async (tx) => {
    for (const key of keys) await doubtCompany(tx, key);
    await queueCompanies(tx, { keys, lane });
    return {};
  });
}
