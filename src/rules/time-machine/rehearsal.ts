/**
 * One version of the rules taken through one person's past, with a virtual clock. Everything is decided by the same pure
 * functions as in earnest, at the same instants: when something is heard, when a wait is over, when a date has come. What
 * a run asks for counts as done at once, and nothing is done.
 */
import type { SimulationBasis } from "../../../contract/simulation.ts";
import { advanceRun } from "../advance.ts";
import type { ArbiterView } from "../arbiter.ts";
import { beginRun, fits, judgeTrigger } from "../judge.ts";
import type { CompiledRule } from "../program.ts";
import type { CustomerFacts, Deed, EffectReport, SentMessage, Trigger } from "../run.ts";
import type { AdvanceInputs } from "../scene.ts";
import { tagsOf } from "../take-back.ts";
import { TimeHeap } from "./heap.ts";
import type { LifeView, Occurrence, Ports } from "./life.ts";
import { rankOf, RehearsedRun, type Keeping } from "./rehearsed-run.ts";
import type { ComparedHit } from "./side-by-side.ts";
import { countReason, countUp, type RuleTally } from "./tally.ts";
import type { Variant } from "./variant.ts";
import { Watch, type Wake } from "./watch.ts";

/** Only rules about failed payments ask the arbiter. */
const nobodyToAsk: ArbiterView = {
  invoice: null,
  failure: null,
  stripeEmails: false,
  rivals: [],
  openConversations: 0,
};

type Reason = { readonly rule: CompiledRule; readonly trigger: Trigger; readonly basis: SimulationBasis };
type Early = { readonly reason: Reason; readonly why: string; readonly untilS: number };

/** Looks within one second, after which a run that never comes to rest is a bug. */
const looksMax = 500;
const hourS = 3600;

export class Rehearsal {
  readonly #variant: Variant;
  readonly #life: LifeView;
  readonly #ports: Ports;
  readonly #watch: Watch;
  readonly #wakes = new TimeHeap<Wake | RehearsedRun>();
  readonly #runs: RehearsedRun[] = [];
  readonly #onceKeys = new Set<string>();
  readonly #looked = new Set<string>();
  readonly #lastStarted = new Map<string, number>();
  readonly #sent: SentMessage[] = [];
  #reasons: Reason[] = [];
  /** Those of which it may have been too early to say. */
  #early: Early[] = [];
  #hasChanged = false;

  constructor(variant: Variant, life: LifeView, ports: Ports) {
    this.#variant = variant;
    this.#life = life;
    this.#ports = ports;
    this.#watch = new Watch(variant, ports.addBusinessDays, this.#wakes);
  }

  /** Looks at the person for the first time: what is true already is no crossing, and dates lie ahead. */
  begin(nowS: number): void {
    this.#watch.look(this.#life.factsAt(nowS), nowS);
  }

  /** Goes through all that is due before this second, in which something is heard. */
  runUntil(untilS: number): void {
    for (let nextS = this.#wakes.nextS; nextS !== undefined && nextS < untilS; nextS = this.#wakes.nextS) {
      this.settle(nextS);
    }
  }

  /** Hears of something; `settle` acts on it, so that what is heard in the same second is known by then. */
  take({ triggers, basis, hasChanged }: Occurrence): void {
    this.#hasChanged ||= hasChanged;
    for (const trigger of triggers) this.#match(trigger, basis);
  }

  /** Does what is due at this second: one turn, in which all that is open is looked at, as in earnest. */
  settle(nowS: number): void {
    const due = this.#takeDue(nowS);
    if (due.isLookDue) this.#lookAtWatches(nowS);
    if (this.#hasChanged) this.#watch.changed(nowS);
    const reasons = this.#reasons;
    this.#reasons = [];
    const isTurn = this.#hasChanged || due.isRunDue || reasons.length > 0;
    this.#hasChanged = false;
    if (isTurn) this.#takeTurn(reasons, nowS);
  }

  /** Counts the person, and answers the hits for a comparison, by rule. */
  finish(): ReadonlyMap<string, readonly ComparedHit[]> {
    const { person } = this.#life;
    const byRule = new Map<string, RehearsedRun[]>();
    for (const run of this.#runs) {
      const { name } = run.start.rule.rule;
      byRule.set(name, [...(byRule.get(name) ?? []), run]);
    }
    this.#stillEarly(Number.POSITIVE_INFINITY);
    const label = this.#runs.length > 0 ? this.#life.label() : null;
    for (const [name, runs] of byRule) {
      const tally = this.#tallyOf(name);
      tally.people += 1;
      countUp(tally.times, String(runs.length));
      for (const run of runs) {
        if (run.isOpen) countUp(tally.ends, "open");
        const rank = rankOf(name, run.start.trigger, person);
        if (run.keeping.steps) this.#variant.samples.get(name)?.add(rank, run.hitOf(person, label));
      }
    }
    if (!this.#variant.isCompared) return new Map();
    return new Map([...byRule].map(([name, runs]) => [name, runs.map((run) => run.comparedOf(person, label))]));
  }

  #tallyOf(name: string): RuleTally {
    const tally = this.#variant.tallies.get(name);
    if (!tally) throw new Error(`The rule “${name}” is not rehearsed.`);
    return tally;
  }

  #match(trigger: Trigger, basis: SimulationBasis): void {
    for (const rule of this.#variant.rules) {
      if (trigger.kind !== rule.trigger.kind || !fits(rule.trigger, trigger)) continue;
      // As in earnest: a rule looks at each reason once.
      const key = `${rule.rule.name} ${trigger.key}`;
      if (this.#looked.has(key)) continue;
      this.#looked.add(key);
      this.#reasons.push({ rule, trigger, basis });
    }
  }

  #takeDue(nowS: number): { readonly isRunDue: boolean; readonly isLookDue: boolean } {
    let [isRunDue, isLookDue] = [false, false];
    for (let due = this.#wakes.takeDue(nowS); due !== undefined; due = this.#wakes.takeDue(nowS)) {
      if (due instanceof RehearsedRun) isRunDue ||= due.isOpen;
      else {
        isLookDue = true;
        const fired = due.kind === "date" ? this.#watch.takeDate(due) : undefined;
        if (fired) this.#reasons.push({ ...fired, basis: this.#life.basisAt(nowS) });
      }
    }
    return { isRunDue, isLookDue };
  }

  /** The rule with the highest priority first, of equals the older run, and what is new last. */
  #takeTurn(fresh: readonly Reason[], nowS: number): void {
    const open = this.#runs.filter((run) => run.isOpen);
    const reasons = [...this.#stillEarly(nowS), ...fresh];
    if (open.length + reasons.length === 0) return;
    const facts = this.#life.factsAt(nowS);
    if (facts === null) return;
    const entries = [
      ...open.map((run) => ({ priority: run.start.rule.rule.priority, run, reason: null })),
      ...reasons.map((reason) => ({ priority: reason.rule.rule.priority, run: null, reason })),
    ];
    for (const { run, reason } of entries.sort((a, b) => b.priority - a.priority)) {
      const moving = reason === null ? run : this.#judge(reason, facts, nowS);
      if (moving) this.#advance(moving, facts, nowS);
    }
  }

  /** Takes those that are to be judged again; whose time ran out before this second were declined. */
  #stillEarly(nowS: number): readonly Reason[] {
    const early = this.#early;
    this.#early = [];
    for (const { reason, why, untilS } of early) {
      if (untilS < nowS) this.#declined(this.#tallyOf(reason.rule.rule.name), why);
    }
    return early.filter(({ untilS }) => untilS >= nowS).map(({ reason }) => reason);
  }

  #lookAtWatches(nowS: number): void {
    if (!this.#watch.isNeeded) return;
    for (const { rule, trigger } of this.#watch.look(this.#life.factsAt(nowS), nowS))
      this.#reasons.push({ rule, trigger, basis: this.#life.basisAt(nowS) });
  }

  /** The run that begins; null when none does. */
  #judge(reason: Reason, facts: CustomerFacts, nowS: number): RehearsedRun | null {
    const { rule, trigger, basis } = reason;
    const { name } = rule.rule;
    const tally = this.#tallyOf(name);
    const { document } = this.#variant;
    const judgement = judgeTrigger(rule, trigger, {
      facts,
      person: this.#life.person,
      nowS,
      groups: document.holdouts,
      lastStartedS: this.#lastStarted.get(name) ?? null,
      timeZone: document.timeZone,
      addBusinessDays: this.#ports.addBusinessDays,
    });
    if (judgement.kind === "declined") {
      const { why, againUntilS } = judgement;
      if (againUntilS === null || nowS >= againUntilS) return this.#declined(tally, why);
      this.#early.push({ reason, why, untilS: againUntilS });
      return null;
    }
    const { arm, onceKey } = judgement;
    const once = `${name} ${onceKey}`;
    if (arm !== "not_yet" && this.#onceKeys.has(once))
      return this.#declined(tally, "It has begun for this reason before.");
    countUp(tally.arms, arm);
    if (arm === "not_yet") return null;
    this.#onceKeys.add(once);
    this.#lastStarted.set(name, nowS);
    if (arm === "holdout") return null;
    tally.hits += 1;
    countUp(tally.basis, basis);
    countUp(tally.hours, String(nowS - (nowS % hourS)));
    const invoiceId = rule.rule.dunning ? this.#life.invoiceOf(trigger) : null;
    const run = new RehearsedRun(
      { rule, trigger, basis, invoiceId, startedS: nowS },
      this.#keeping(name, trigger),
      tally,
    );
    this.#runs.push(run);
    return run;
  }

  #declined(tally: RuleTally, why: string): null {
    countReason(tally.declined, why);
    return null;
  }

  #keeping(name: string, trigger: Trigger): Keeping {
    const { samples, isCompared } = this.#variant;
    const isSampled = samples.get(name)?.wants(rankOf(name, trigger, this.#life.person)) ?? false;
    return { steps: isSampled || isCompared, deeds: isCompared };
  }

  #advance(run: RehearsedRun, facts: CustomerFacts, nowS: number): void {
    const { rule, trigger } = run.start;
    let effect: EffectReport | null = null;
    let isApproved = false;
    for (let looks = 0; looks < looksMax; looks += 1) {
      const before = run.state ?? beginRun(trigger, nowS);
      const approval = isApproved ? "approved" : "none";
      const advance = advanceRun(rule, before, this.#inputsOf(run, { facts, nowS, effect, approval }));
      effect = null;
      // Noted before the steps are counted, which tell of it.
      for (const deed of advance.deeds.filter((one) => !this.#isHeldByAnother(run, one)))
        effect = this.#perform(run, deed, { nowS, conversationId: advance.state.conversationId });
      run.follow(advance, nowS);
      const waiting = advance.state.ended === null ? advance.state.waiting?.for : undefined;
      if (waiting === "approval" && !isApproved) isApproved = true;
      else if (waiting !== "effect") return this.#sleep(run);
    }
    throw new Error(`The rule “${rule.rule.name}” did not come to rest within one second.`);
  }

  /** A tag that several runs have put on stays until the last of them takes it back. */
  #isHeldByAnother(own: RehearsedRun, { act, at }: Deed): boolean {
    if (act.kind !== "untag" || at < own.start.rule.program.length) return false;
    return this.#runs.some((run) => run !== own && run.isOpen && run.state && tagsOf(run.state).includes(act.tag));
  }

  #sleep(run: RehearsedRun): void {
    if (run.isOpen && run.wakeAtS !== null) this.#wakes.add(run.wakeAtS, run);
  }

  /** What would have come of it, at once. Only a conversation that we open has an id before the customer says something. */
  #perform(
    run: RehearsedRun,
    deed: Deed,
    { nowS, conversationId: own }: { readonly nowS: number; readonly conversationId: string | null },
  ): EffectReport {
    const { rule, trigger } = run.start;
    const conversationId = own ?? this.#life.signalsAt(nowS, 0).conversationId;
    const performed = this.#ports.perform({ rule, deed, trigger, nowS, conversationId });
    run.note(deed, nowS, performed);
    if ("why" in performed) return { state: "failed", conversationId: null, atS: null, why: null };
    if (deed.act.kind === "message") this.#sent.push({ channel: deed.act.channel, atS: nowS, rule: rule.rule.name });
    const opened = deed.act.kind === "conversation" ? `${run.effectKeyPrefix}:conversation` : null;
    return { state: "confirmed", conversationId: opened, atS: nowS, why: null };
  }

  #inputsOf(run: RehearsedRun, now: Pick<AdvanceInputs, "facts" | "nowS" | "effect" | "approval">): AdvanceInputs {
    const { document } = this.#variant;
    const { trigger, rule } = run.start;
    const signals = this.#life.signalsAt(now.nowS, 0);
    return {
      trigger,
      signals,
      sent: this.#sent,
      arbiter: rule.rule.dunning ? this.#arbiterView(run, signals.openConversations) : nobodyToAsk,
      timeZone: document.timeZone,
      effectKey: (at) => `${run.effectKeyPrefix}:${at}`,
      addBusinessDays: this.#ports.addBusinessDays,
      mode: "shadow",
      ...now,
    };
  }

  #arbiterView(run: RehearsedRun, openConversations: number): ArbiterView {
    return {
      ...this.#life.arbiterFacts(run.start.invoiceId),
      stripeEmails: this.#variant.document.dunning?.stripeEmails ?? false,
      rivals: this.#rivalsOf(run),
      openConversations,
    };
  }

  /** Other runs about the same invoice: open ones, and those that have spoken. */
  #rivalsOf(run: RehearsedRun): ArbiterView["rivals"] {
    const { invoiceId } = run.start;
    if (invoiceId === null) return [];
    return this.#runs
      .filter((one) => one !== run && one.start.invoiceId === invoiceId)
      .filter((one) => one.isOpen || one.hasSpoken)
      .map(({ start, hasSpoken }) => {
        const { name, priority } = start.rule.rule;
        return { rule: name, priority, startedS: start.startedS, hasSpoken };
      });
  }
}
