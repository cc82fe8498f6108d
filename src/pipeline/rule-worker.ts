/** Advances runs: takes people whose runs are due, one turn at a time, and commits all that a turn decides together. */
import { countLinked } from "../contacts/store.ts";
import { isUniqueViolation } from "../db/failure.ts";
import { transaction } from "../db/transaction.ts";
import { hastenPlanned, planOnce } from "../effects/store.ts";
import { backoffMs } from "../lib/backoff.ts";
import { crashPoint } from "../lib/crash-point.ts";
import { Stopwatch } from "../lib/stopwatch.ts";
import { codeOf, kindOf, messageOf } from "../model/error.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import { lanes } from "../model/lane.ts";
import { queuePeople } from "../queue/sync-jobs.ts";
import type { CompiledRule } from "../rules/program.ts";
import {
  changeRuns,
  claimTurns,
  countTouched,
  endTurn,
  insertMatches,
  listOpenRuns,
  moveRuns,
  postponeTurn,
  releaseTurns,
  renewTurns,
  saveAttributes,
  saveSteps,
  stopRule,
  wakeRunsBut,
  wakeRunsOf,
  type Match,
  type OpenRun,
  type RunChange,
  type Turn,
} from "../rules/store.ts";
import { listDueDates, takeDates, type DateWatch } from "../watches/store.ts";
import type { OnKept } from "./keep-signals.ts";
import { hearReactions } from "./hear-reactions.ts";
import { LeaseLost, leaseMs } from "./lease-keeper.ts";
import { headOf } from "./match-rules.ts";
import { invoiceOf } from "./rule-facts.ts";
import { beholdCustomer, withInvoices, type KnownNow, type RuleGround } from "./run-inputs.ts";
import type { RuleBook } from "./rules-in-force.ts";
import { takeTurn } from "./take-turn.ts";
import type { TurnParts } from "./turn.ts";
import type { TurnResult } from "./turn-ledger.ts";
import { idleMs, WorkLoop } from "./work-loop.ts";

export type RuleWorkerSettings = {
  readonly ground: RuleGround;
  readonly book: RuleBook;
  /** The clock that rules go by. */
  readonly nowMs: () => number;
  /** That clock is told when something has happened; see `Clock`. */
  readonly heed?: ((happenedMs: number) => void) | undefined;
  /** Names this process in leases. */
  readonly worker: string;
  readonly sources: TurnParts["sources"];
  readonly draft: TurnParts["draft"];
  /** What is to be done about signals that were read here; see `receiveSignal`. */
  readonly onKept: OnKept;
  /** Effects were planned. */
  readonly onPlanned: () => void;
  /** Contacts are to show something new. */
  readonly onQueued: () => void;
  /** A rule was stopped. */
  readonly onStopped: () => void;
  readonly onTurn?: ((turn: Turn, result: TurnResult) => void) | undefined;
};

const inFlightMax = 16;
const datesMax = 200;
/** Another node may have the account connected; or it will be connected again. */
const elsewhereLookS = 60;
const attemptMax = 60;
const retry = { baseMs: 400, capMs: 60_000 };
/** How long the number of contacts is believed. */
const countedForMs = 60_000;
/** How long the number of customers that a rule touches is believed. */
const touchedForMs = 1_000;

/** Advances runs until it is stopped. */
export class RuleWorker {
  readonly #settings: RuleWorkerSettings;
  readonly #loop: WorkLoop;
  /** Turns that were taken while the one before was being put away, by `customerKeyText`. */
  readonly #next = new Map<string, Turn>();
  #claims = 0;
  /** The version of the rules by which strays were woken. */
  #tidied: number | undefined;
  /** Rules that were paused in the version before: those that go on are looked at. */
  #paused: readonly string[] = [];
  /** How many customers each rule has begun to touch within an hour, as it was counted a moment ago. */
  readonly #touched = new Map<string, { count: number; readonly since: Stopwatch }>();
  #counted: { readonly count: number; readonly since: Stopwatch } | undefined;

  constructor(settings: RuleWorkerSettings) {
    this.#settings = settings;
    const { worker, ground } = settings;
    const { pool, records, log, nowMs } = ground.contexts.main;
    this.#loop = new WorkLoop({
      nowMs,
      turn: () => this.#turn(),
      onTurnFailed: (error) => log.warn({ err: error }, "runs that are due cannot be read"),
      renew: (keys) => renewTurns(records, { worker, leaseMs, keys }),
      onRenewFailed: (error) => log.warn({ err: error }, "leases of runs could not be renewed"),
      release: () => releaseTurns(pool, worker),
    });
    // Runs call nobody but when a wait ends; what they plan waits in the ledger while the vendors are paused.
    this.#loop.setOpen(lanes);
  }

  start(): void {
    this.#loop.start();
  }

  /** Something is due. */
  wake(): void {
    this.#loop.wake();
  }

  /** Takes no more turns, ends those under way, and gives back what is left. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  get #nowS(): number {
    return Math.floor(this.#settings.nowMs() / 1000);
  }

  /** Takes what there is room for; answers how long to sleep. */
  async #turn(): Promise<number> {
    const { ground, worker, book } = this.#settings;
    const { pool } = ground.contexts.main;
    await book.confirm();
    await this.#wakeStrays();
    const fired = await this.#fireDates();
    const limit = inFlightMax - this.#loop.inFlight;
    if (limit <= 0) return idleMs;
    const since = new Stopwatch();
    const turns = await claimTurns(pool, { limit, worker, number: (this.#claims += 1), leaseMs, nowS: this.#nowS });
    for (const turn of turns) {
      const key = customerKeyText(turn);
      // The turn before it has been committed and is being put away, or has lost its lease: this one begins right behind it.
      if (this.#loop.leases.isHeld(key)) this.#next.set(key, turn);
      else this.#begin(turn, since);
    }
    return fired === datesMax || turns.length === limit ? 0 : idleMs;
  }

  /**
   * Once another version is in force here: runs of rules that are gone or drafts again are looked at by it. Each node does so, as
   * one that has not heard yet may have looked by the former version.
   */
  async #wakeStrays(): Promise<void> {
    const { ground, book } = this.#settings;
    const { version, rules } = book.current.rules;
    if (version === this.#tidied) return;
    const going = rules.filter(({ rule }) => rule.mode !== "draft").map(({ rule }) => rule.name);
    const { pool } = ground.contexts.main;
    const resumed = this.#paused.filter((name) => going.includes(name));
    await transaction(pool, async (tx) => {
      await wakeRunsBut(tx, going);
      await wakeRunsOf(tx, resumed);
    });
    this.#paused = rules.filter(({ rule }) => rule.mode === "paused").map(({ rule }) => rule.name);
    this.#tidied = version;
  }

  #begin(turn: Turn, since: Stopwatch): void {
    this.#loop.leases.hold(customerKeyText(turn), since);
    this.#loop.began();
    void this.#work(turn);
  }

  /** Dates that have come begin runs. Answers how many there were. */
  async #fireDates(): Promise<number> {
    const { ground, book } = this.#settings;
    const { active, rules } = book.current;
    if (!active.some(({ trigger }) => trigger.kind === "date")) return 0;
    const nowS = this.#nowS;
    return transaction(ground.contexts.main.pool, async (tx) => {
      const coming = await listDueDates(tx, nowS, datesMax);
      if (coming.length === 0) return 0;
      // The next one is found when the customer is looked at again. Jobs come first, as everywhere.
      await queuePeople(tx, { customers: coming, lane: "backfill" });
      const due = await takeDates(tx, coming);
      await insertMatches(
        tx,
        due.flatMap((date) => matchOfDate(date, rules.byName.get(date.rule), nowS)),
      );
      return due.length;
    });
  }

  async #work(turn: Turn): Promise<void> {
    const key = customerKeyText(turn);
    try {
      await this.#take(turn);
      this.#loop.worked();
    } catch (error) {
      await this.#failed(turn, error);
    } finally {
      this.#loop.leases.letGo(key);
      const next = this.#next.get(key);
      this.#next.delete(key);
      if (next) this.#begin(next, new Stopwatch());
      this.#loop.ended();
      this.wake();
    }
  }

  async #take(turn: Turn): Promise<void> {
    const { ground } = this.#settings;
    const { pool, confirmMapping } = ground.contexts.main;
    await confirmMapping?.();
    const runs = await listOpenRuns(pool, turn);
    if (runs.length === 0) return this.#commit(turn, nothingOpen);
    this.#settings.heed?.(Math.max(...runs.map(({ trigger }) => trigger.occurredAtS)) * 1000);
    const nowS = this.#nowS;
    await this.#settings.book.reach(Math.max(...runs.map(({ version }) => version)));
    const beheld = await beholdCustomer(ground, turn, nowS);
    if (beheld.kind === "follows") return this.#moveOver(turn, beheld.leader);
    if (beheld.kind === "elsewhere") return this.#commit(turn, endCancelled(runs, nowS));
    if (beheld.kind === "unknown") return this.#commit(turn, endAll(runs, nowS));
    await this.#commit(turn, await this.#look(beheld.known, runs));
  }

  /** What the turn of a person comes to. */
  async #look(known: KnownNow, runs: readonly OpenRun[]): Promise<TurnResult> {
    const { ground, book, sources, draft, nowMs, onKept } = this.#settings;
    const invoices = runs.flatMap(({ invoiceId, trigger }) => invoiceId ?? invoiceOf(trigger, known.person) ?? []);
    const asking = { ...ground.contexts.main, nowMs, onKept, book };
    const { heard, unheard } = await hearReactions(asking, await withInvoices(ground, known, invoices), runs);
    const parts: TurnParts = {
      ground,
      sources,
      draft,
      now: () => book.current,
      version: (version) => book.version(version),
      mayTouch: (rule, atS) => this.#mayTouch(rule, atS),
    };
    return takeTurn(parts, heard, { open: runs, unheard });
  }

  /** Somebody else leads the person: runs go on with them. */
  async #moveOver(turn: Turn, leader: CustomerKey): Promise<void> {
    const { pool } = this.#settings.ground.contexts.main;
    await transaction(pool, async (tx) => {
      if (!(await endTurn(tx, turn, null))) throw new LeaseLost();
      await moveRuns(tx, turn, leader);
    });
    this.wake();
  }

  async #commit(turn: Turn, result: TurnResult): Promise<void> {
    const { onPlanned, onQueued, onTurn, ground } = this.#settings;
    const { effects, attributes, runs, steps, left, wakeAtS } = result;
    await crashPoint("after-turn-before-commit");
    const planned = await transaction(ground.contexts.main.pool, async (tx) => {
      // Jobs before turns, as everywhere, so that nobody waits in a circle.
      if (attributes.length > 0) await queuePeople(tx, { customers: attributes, lane: "urgent" });
      if (!(await endTurn(tx, turn, wakeAtS))) throw new LeaseLost();
      await changeRuns(tx, runs);
      await saveSteps(tx, steps);
      await saveAttributes(tx, attributes);
      await hastenPlanned(tx, left);
      return planOnce(tx, effects);
    });
    await crashPoint("after-turn-committed");
    if (planned + left.length > 0) onPlanned();
    if (attributes.length > 0) onQueued();
    onTurn?.(turn, result);
  }

  /** A rule that would touch too many within an hour stops itself. */
  async #mayTouch({ rule }: CompiledRule, nowS: number): Promise<boolean> {
    const { ground, book, onStopped } = this.#settings;
    const { pool, log } = ground.contexts.main;
    const { share, atLeast } = book.current.rules.document.breaker;
    const most = Math.max(atLeast, Math.floor(((await this.#contacts()) * share) / 100));
    const touched = await this.#touchedBy(rule.name, nowS);
    if (touched < most) return true;
    // Whoever lets it go on begins to count anew.
    this.#touched.delete(rule.name);
    const reason = `It would have touched more than ${most} customers within an hour.`;
    if (await stopRule(pool, { rule: rule.name, by: "breaker", reason })) {
      log.error(
        { rule: rule.name, touched },
        `a rule stopped itself: ${reason} Look at it, then: dunlin rules resume ${rule.name}`,
      );
      await book.reload();
      onStopped();
    }
    return false;
  }

  /** Counting is costly where many are touched: it is done now and then, and what begins here in between is added. */
  async #touchedBy(rule: string, nowS: number): Promise<number> {
    const known = this.#touched.get(rule);
    if (known && known.since.elapsedMs() < touchedForMs) return known.count++;
    const { pool } = this.#settings.ground.contexts.main;
    const count = await countTouched(pool, rule, nowS - 3600);
    this.#touched.set(rule, { count: count + 1, since: new Stopwatch() });
    return count;
  }

  async #contacts(): Promise<number> {
    if (!this.#counted || this.#counted.since.elapsedMs() > countedForMs) {
      const count = await countLinked(this.#settings.ground.contexts.main.pool);
      this.#counted = { count, since: new Stopwatch() };
    }
    return this.#counted.count;
  }

  async #failed(turn: Turn, error: unknown): Promise<void> {
    if (error instanceof LeaseLost) return;
    const { pool, log, random } = this.#settings.ground.contexts.main;
    const { account, customerId, attempt } = turn;
    // Who was faster with what is there once is seen by the next look.
    const mayPass = isUniqueViolation(error) || ["transient", "conflict", "blocked"].includes(kindOf(error));
    const facts = { account, customerId, attempt, code: codeOf(error) };
    if (mayPass) log.debug(facts, `runs could not be advanced and are looked at again: ${messageOf(error)}`);
    else log.error({ ...facts, err: error }, `runs could not be advanced: ${messageOf(error)}`);
    const delayS = Math.ceil(backoffMs(Math.min(attempt, attemptMax), random(), retry) / 1000);
    const soonS = this.#nowS + delayS;
    await postponeTurn(pool, turn, { soonS, atS: mayPass ? soonS : this.#nowS + 3600 }).catch((failure: unknown) =>
      log.warn({ err: failure, ...facts }, "a turn could not be put back; its lease runs out"),
    );
  }
}

const nothingOpen: TurnResult = { runs: [], steps: [], effects: [], attributes: [], left: [], wakeAtS: null };

/** Stripe does not know them any more. */
function endAll(runs: readonly OpenRun[], nowS: number): TurnResult {
  return { ...nothingOpen, runs: runs.map((run) => cancelled(run, "Stripe knows no such customer.", nowS)) };
}

/** Nothing can be looked at; what people have cancelled ends all the same, and what it has set stays. */
function endCancelled(runs: readonly OpenRun[], nowS: number): TurnResult {
  const ending = runs.flatMap((run) => (run.cancelWhy === null ? [] : [cancelled(run, run.cancelWhy, nowS)]));
  return { ...nothingOpen, runs: ending, wakeAtS: ending.length === runs.length ? null : nowS + elsewhereLookS };
}

function cancelled({ id, state }: OpenRun, endedWhy: string, endedS: number): RunChange {
  return { id, state: "ended", run: state, wakeAtS: 0, endedHow: "cancelled", endedWhy, endedS };
}

function matchOfDate(date: DateWatch, rule: CompiledRule | undefined, nowS: number): readonly Match[] {
  if (rule?.trigger.kind !== "date" || rule.rule.mode === "draft" || rule.rule.mode === "paused") return [];
  const { account, customerId, fireKey, fireAtS } = date;
  const { field: name } = rule.trigger.date;
  const trigger = {
    kind: "date",
    key: `date:${fireKey}`,
    name,
    objectId: null,
    occurredAtS: fireAtS,
    facts: {},
  } as const;
  return [{ account, customerId, ...headOf(rule), trigger, nowS }];
}
