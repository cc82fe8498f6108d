/**
 * Reconcile: compares Stripe with our copies, and our contacts with Intercom, by paging lists. One run at a time.
 *
 * | phase | what | afterwards |
 * | --- | --- | --- |
 * | stripe | each list of each account, within the budget of reads; differences are suspected | judge |
 * | judge | once events have had their time to arrive: what is still different was missed | contacts |
 * | contacts | all contacts of the workspace, page by page | unlisted |
 * | unlisted | linked contacts that no page has shown, one by one; all companies, when they are on | end |
 *
 * Every step is one transaction that also notes how far it is, so that a run which was broken off goes on from there and
 * finds nothing twice.
 */
import { withFreeLock } from "../../db/lock.ts";
import type { Pool } from "../../db/pool.ts";
import { pause } from "../../lib/pause.ts";
import { codeOf, kindOf, messageOf } from "../../model/error.ts";
import type { SyncContext } from "../../pipeline/context.ts";
import { ensureSlowJob } from "../../queue/slow-jobs.ts";
import { VendorPaused } from "../pauses.ts";
import { askForNightly } from "./ask.ts";
import { compareCompanies } from "./compare-companies.ts";
import { compareContacts, compareUnlisted } from "./compare-contacts.ts";
import { compareList, type ListInHand } from "./compare-stripe.ts";
import { judgeSuspects } from "./judge.ts";
import { listOpenPasses, suspectsWaitMs } from "./marks.ts";
import type { ReconcileParts } from "./parts.ts";
import { RunInHand } from "./run-in-hand.ts";
import { endRun, hasOpenRun, hasWaitingRun, takeRun, type Run, type RunProgress } from "./runs.ts";
import { stripeLists, type StripeList } from "./stripe-lists.ts";

/** The slow job: the nightly run is asked for here, any other by who wants it. */
export async function reconcileJob(
  parts: ReconcileParts,
  { nightly }: { readonly nightly: boolean },
  signal: AbortSignal,
): Promise<void> {
  if (nightly) await askForNightly(parts.contexts.main.pool);
  await runReconcile(parts, signal);
}

/**
 * Works on the run that was broken off and on those that wait, one after the other; returns at once when another node is
 * at it, who then takes those too. Throws what may pass (the run goes on the next time); what will not ends the run.
 */
async function runReconcile(parts: ReconcileParts, signal: AbortSignal): Promise<void> {
  const { pool } = parts.contexts.main;
  const workAll = async (): Promise<void> => {
    for (let run = await takeRun(pool); run; run = await takeRun(pool)) await workOn(parts, run, signal);
  };
  const asked = performance.now();
  for (;;) {
    const had = await withFreeLock(pool, "reconcile", workAll);
    // Who asked while the lock was about to be given back has found it taken, and relies on this second look.
    if (had && !(await hasWaitingRun(pool))) return;
    // Who holds it takes what waits as well, unless that node is dead and its connection not quite.
    if (!had && (performance.now() - asked > lingerMs || signal.aborted)) return;
    if (!had) await pause(retryMs, signal);
  }
}

/** How long the lock of a node that was killed may outlive it. */
const lingerMs = 15_000;
const retryMs = 500;

/**
 * A run that was asked for or broken off is worked on now: its job comes back, should it have been lost, and wakes, should
 * it sleep after failures. Call it when a node begins, and when a vendor that was paused opens.
 */
export async function resumeReconcile(pool: Pool): Promise<void> {
  if (await hasOpenRun(pool))
    await ensureSlowJob(pool, { task: "reconcile", payload: { nightly: false }, key: "reconcile" });
}

async function workOn(parts: ReconcileParts, stored: Run, signal: AbortSignal): Promise<void> {
  const { pool, log } = parts.contexts.main;
  const run = new RunInHand(stored, (now) => parts.onProgress?.(now));
  const facts = { run: run.id, check: run.options.check };
  log.info(facts, "reconcile has begun");
  try {
    await takePhases(parts, run, signal);
    await endRun(pool, run.id, null);
    log.info({ ...facts, calls: run.calls }, "reconcile has come to its end");
  } catch (error) {
    if (signal.aborted || mayPass(error)) throw error;
    log.error({ ...facts, err: kindOf(error) === "bug" ? error : undefined }, `reconcile failed: ${messageOf(error)}`);
    await endRun(pool, run.id, { code: codeOf(error), message: messageOf(error) });
  }
}

function mayPass(error: unknown): boolean {
  return ["transient", "conflict", "blocked"].includes(kindOf(error));
}

async function takePhases(parts: ReconcileParts, run: RunInHand, signal: AbortSignal): Promise<void> {
  const scene = { parts, run, signal };
  const phases: Readonly<Record<RunProgress["phase"], () => Promise<RunProgress["phase"] | null>>> = {
    stripe: async () => {
      await compareStripe(scene);
      return "judge";
    },
    judge: async () => {
      await pause(await suspectsWaitMs(parts.contexts.main.pool, run.id, run.options.graceMs), signal);
      await judgeSuspects(scene);
      return "contacts";
    },
    contacts: async () => {
      await compareContacts(scene);
      return "unlisted";
    },
    unlisted: async () => {
      await compareUnlisted(scene);
      await compareCompanies(scene);
      return "end";
    },
    end: async () => null,
  };
  for (let next = await phases[run.progress.phase](); next !== null; next = await phases[next]()) {
    signal.throwIfAborted();
    await run.advance(parts.contexts.main.pool, { phase: next });
  }
}

type Scene = { readonly parts: ReconcileParts; readonly run: RunInHand; readonly signal: AbortSignal };
type Place = { readonly context: SyncContext; readonly list: StripeList };

/** All lists of all accounts, beginning with the one in which an earlier run had to stop. */
async function compareStripe({ parts, run, signal }: Scene): Promise<void> {
  const { pool } = parts.contexts.main;
  // A key that is not accepted holds up neither the other accounts nor Intercom's side.
  const blocked = new Set<string>();
  for (const { context, list } of await placesOf(parts, run)) {
    const name = nameOf({ context, list });
    if (run.progress.listsDone.includes(name)) continue;
    if (blocked.has(context.account)) continue;
    const end = await compareUnlessBlocked({ parts, context, list, run, signal });
    if (end === "done") await run.advance(pool, { listsDone: [...run.progress.listsDone, name] });
    else await run.advance(pool, { stoppedIn: name });
    if (end === "budget") return;
    if (end === "blocked") blocked.add(context.account);
  }
}

async function compareUnlessBlocked(hand: ListInHand): Promise<"done" | "budget" | "blocked"> {
  for (;;) {
    try {
      return await compareAnew(hand);
    } catch (error) {
      // Somebody paused the account in the middle of a list: its end is waited for, as at the beginning of each page.
      if (error instanceof VendorPaused) continue;
      if (kindOf(error) !== "blocked") throw error;
      await hand.parts.onBlocked(error, hand.context.account);
      return "blocked";
    }
  }
}

/** A list that has to begin anew twice is left for the next run. */
async function compareAnew(hand: ListInHand): Promise<"done" | "budget"> {
  const end = await compareList(hand);
  const second = end === "again" ? await compareList(hand) : end;
  return second === "budget" ? "budget" : "done";
}

function nameOf({ context, list }: Place): string {
  return `${context.account}/${list.resource}`;
}

/** Accounts whose history is not loaded yet are left out. */
async function placesOf({ contexts, isLoaded }: ReconcileParts, { options }: RunInHand): Promise<readonly Place[]> {
  const wanted = options.account === null ? contexts.all : [contexts.of(options.account)];
  const places: Place[] = [];
  let first = 0;
  for (const context of wanted) {
    if (!(await isLoaded(context.account))) continue;
    const open = await listOpenPasses(context.pool, context.account);
    const begun = stripeLists.findIndex(({ resource, reach }) => reach !== "older" && open.includes(resource));
    if (first === 0 && begun >= 0) first = places.length + begun;
    places.push(...stripeLists.map((list) => ({ context, list })));
  }
  return [...places.slice(first), ...places.slice(0, first)];
}
