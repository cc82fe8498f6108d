/** Looks at all open runs of one person: judges what is new, advances what runs, and answers all that is to be committed. */
import { ruleKey, type EffectPlan } from "../effects/effect.ts";
import { findEffectReports, type EffectReport } from "../effects/store.ts";
import type { Queryable } from "../db/pool.ts";
import { advanceRun } from "../rules/advance.ts";
import { cancelRun } from "../rules/advance-end.ts";
import { beginRun, judgeTrigger } from "../rules/judge.ts";
import type { CompiledRule, CompiledRules } from "../rules/program.ts";
import type { Deed, RunState, SentMessage, StepRecord } from "../rules/run.ts";
import type { Advance } from "../rules/scene.ts";
import { timeZoneOf } from "../rules/time-zone.ts";
import {
  findLastStarted,
  isOnceKeyTaken,
  type AttributeChange,
  type OpenRun,
  type RunChange,
  type Speaker,
  type StepRow,
} from "../rules/store.ts";
import { planDeed, type Doer } from "./rule-deeds.ts";
import { invoiceOf } from "./rule-facts.ts";
import type { TextSources } from "./rule-texts.ts";
import { RulesUnreadable } from "./rules-in-force.ts";
import type { RulesNow } from "./rules-now.ts";
import { addBusinessDays, arbiterViewOf, loadSpeakers, type KnownNow, type RuleGround } from "./run-inputs.ts";

export type TurnParts = {
  readonly ground: RuleGround;
  readonly now: () => RulesNow;
  /** A version of the rules. */
  readonly version: (version: number) => Promise<CompiledRules>;
  /** Links and savings for a person. */
  readonly sources: (known: KnownNow) => TextSources;
  /** What a model makes of a message, and why it made nothing. */
  readonly draft: DraftMaker | null;
  /** Whether a live rule may begin to touch one customer more; it stops the rule when not. */
  readonly mayTouch: (rule: CompiledRule, nowS: number) => Promise<boolean>;
};

/** Phrases a message from what the rule's own text says. Never throws: what cannot be phrased is said as it stands. */
export type DraftMaker = (order: {
  readonly rules: CompiledRules;
  readonly instruction: string;
  readonly body: string;
  readonly known: KnownNow;
}) => Promise<Phrased>;

/** `why` the model's words were not taken. */
export type Phrased =
  | { readonly text: string; readonly byModel: true }
  | { readonly text: string; readonly byModel: false; readonly why: string };

/** What a turn comes to, to be committed together. */
export type TurnResult = {
  readonly runs: readonly RunChange[];
  readonly steps: readonly StepRow[];
  readonly effects: readonly EffectPlan[];
  readonly attributes: readonly AttributeChange[];
  /** Keys of effects that nobody waits for any more; what of them has not left is to be withdrawn. */
  readonly left: readonly string[];
  /** When to look again; null when nothing is open. */
  readonly wakeAtS: number | null;
};

/** While an effect is under way its outcome wakes the run; should nobody have told, it is looked for so often. */
const lookAfterEffectS = 30;
/** A rule that stands still is looked at again when it goes on; should nobody have told, so often. */
const stoppedLookS = 3600;
/** Another node may be a newer Dunlin, which understands what this one does not. */
const unreadableLookS = 60;
const passesMax = 400;

/** Takes the turn of a person. Writes nothing. */
export async function takeTurn(parts: TurnParts, known: KnownNow, runs: readonly OpenRun[]): Promise<TurnResult> {
  const turn = new TurnTaker(parts, known, runs);
  return turn.take();
}

type Collected = {
  readonly runs: RunChange[];
  readonly steps: StepRow[];
  readonly effects: EffectPlan[];
  readonly attributes: AttributeChange[];
  readonly left: string[];
};

class TurnTaker {
  readonly #parts: TurnParts;
  readonly #known: KnownNow;
  readonly #open: readonly OpenRun[];
  readonly #collected: Collected = { runs: [], steps: [], effects: [], attributes: [], left: [] };
  /** Messages to this person, those of this turn too. */
  readonly #sent: SentMessage[];
  #speakers: Speaker[] = [];
  #ordered: readonly Ordered[] = [];
  readonly #wakes: number[] = [];

  constructor(parts: TurnParts, known: KnownNow, open: readonly OpenRun[]) {
    this.#parts = parts;
    this.#known = known;
    this.#open = open;
    this.#sent = [...known.sent];
  }

  async take(): Promise<TurnResult> {
    const ordered = await this.#inOrder();
    this.#ordered = ordered;
    const invoices = ordered.flatMap(({ run }) => run.invoiceId ?? invoiceOf(run.trigger, this.#known.person) ?? []);
    this.#speakers = [...(await loadSpeakers(this.#parts.ground, this.#known, [...new Set(invoices)]))];
    for (const { run, rule } of ordered) this.#noteUnderWay(run, rule);
    const later = await this.#lookAtEach(ordered);
    // The one that they wait for may have got its answer in this turn.
    if ((await this.#lookAtEach(later)).length > 0) this.#wakes.push(this.#known.nowS + lookAfterEffectS);
    return { ...this.#collected, wakeAtS: this.#wakes.length === 0 ? null : Math.min(...this.#wakes) };
  }

  /** Answers those that have to wait for another one. */
  async #lookAtEach(runs: readonly Ordered[]): Promise<readonly Ordered[]> {
    const waiting: Ordered[] = [];
    for (const one of runs) {
      if (this.#waitsForTag(one.run, one.rule)) waiting.push(one);
      else await this.#look(one.run, one.rule, one.rules);
    }
    return waiting;
  }

  /** The rule with the highest priority first, of equals the older run. */
  async #inOrder(): Promise<readonly Ordered[]> {
    const found = await Promise.all(
      this.#open.map(async (run) => {
        const rules = await this.#parts.version(run.version).catch(unreadable);
        // Whoever cancels a run need not have it read.
        if (!rules && run.cancelWhy === null) return [];
        return [{ run, rules: rules ?? this.#parts.now().rules, rule: rules?.byName.get(run.rule) }];
      }),
    );
    const readable = found.flat();
    if (readable.length < found.length) this.#wakes.push(this.#known.nowS + unreadableLookS);
    const priority = (rule: CompiledRule | undefined): number => rule?.rule.priority ?? 0;
    return readable.toSorted((a, b) => priority(b.rule) - priority(a.rule) || a.run.id - b.run.id);
  }

  /** A message that is on its way counts as one that has left. */
  #noteUnderWay({ id, state, mode, invoiceId }: OpenRun, rule: CompiledRule | undefined): void {
    const channel = state?.waiting?.for === "effect" ? channelAt(rule, state.at) : null;
    if (channel === null || !rule || mode !== "live") return;
    this.#sent.push(this.#message(channel, rule));
    this.#noteSpeaker({ id, rule: rule.rule.name, invoiceId, startedS: state?.startedS ?? 0, hasSpoken: true });
  }

  /** What this turn does is not in the database yet. */
  #noteSpeaker(speaker: Omit<Speaker, "invoiceId" | "hasEnded"> & { readonly invoiceId: string | null }): void {
    const { invoiceId } = speaker;
    if (invoiceId === null) return;
    const known = this.#speakers.find(({ id }) => id === speaker.id);
    const hasSpoken = speaker.hasSpoken || known?.hasSpoken === true;
    this.#speakers = [
      ...this.#speakers.filter((one) => one !== known),
      { ...speaker, invoiceId, hasSpoken, hasEnded: known?.hasEnded ?? false },
    ];
  }

  #message(channel: "chat" | "email", { rule }: CompiledRule): SentMessage {
    return { channel, atS: this.#known.nowS, rule: rule.name };
  }

  async #look(run: OpenRun, rule: CompiledRule | undefined, rules: CompiledRules): Promise<void> {
    const { rules: inForce, stops } = this.#parts.now();
    const current = inForce.byName.get(run.rule)?.rule.mode;
    if (run.cancelWhy !== null) return this.#cancel(run, rule, run.cancelWhy);
    if (!rule || current === undefined || current === "draft")
      return this.#cancel(run, rule, "Its rule is not in force any more.");
    if (current === "paused" || stops.has(run.rule)) {
      this.#wakes.push(this.#known.nowS + stoppedLookS);
      return;
    }
    if (run.state !== null) return this.#advance({ run, rule, rules, state: run.state, began: null });
    // What has not begun goes by what the rule is now.
    return this.#judge({ ...run, mode: current }, rule, rules);
  }

  #cancel(run: OpenRun, rule: CompiledRule | undefined, why: string): void {
    if (rule && run.state !== null) {
      const advance = cancelRun(rule, run.state, why);
      this.#takeBack(run, advance);
      this.#record(run, rule, advance.steps);
    }
    this.#end(run, { how: "cancelled", why });
  }

  /** What was set is taken back although nobody waits for it. */
  #takeBack(run: OpenRun, { deeds }: Advance): void {
    if (run.mode !== "live") return;
    const { account, customerId } = this.#known.customer;
    for (const { at, act } of deeds) {
      if (act.kind === "unset") this.#setAttribute(run, act.attribute, null);
      if (act.kind === "untag" && !this.#isHeldByAnother(run, act.tag)) {
        const effect = { kind: "untag", tag: act.tag } as const;
        this.#collected.effects.push({ account, customerId, key: ruleKey(run.id, at), lane: "urgent", effect });
      }
    }
  }

  /** Another run of this person has put the tag on, too: it stays until that one takes it off. */
  #isHeldByAnother(own: OpenRun, tag: string): boolean {
    return this.#others(own).some(({ state }) => tagsOf(state).includes(tag));
  }

  /** Another run is putting a tag on that this one has: whether it may be taken off is known once that has happened, or has not. */
  #waitsForTag(own: OpenRun, rule: CompiledRule | undefined): boolean {
    if (own.mode !== "live" || own.state === null || tagUnderWay(own.state, rule) !== null) return false;
    const tags = tagsOf(own.state);
    return this.#others(own).some(({ state, rule: theirs }) => tags.includes(tagUnderWay(state, theirs) ?? ""));
  }

  /** The other live runs that have begun and not ended, as this turn leaves them. */
  #others({ id }: OpenRun): readonly { readonly state: RunState; readonly rule: CompiledRule | undefined }[] {
    return this.#ordered.flatMap(({ run, rule }) => {
      const change = this.#collected.runs.findLast((one) => one.id === run.id);
      const state = change?.run ?? run.state;
      const counts = run.id !== id && run.mode === "live" && change?.state !== "ended";
      return counts && state !== null ? [{ state, rule }] : [];
    });
  }

  #end(
    run: OpenRun,
    { how, why, ...more }: { readonly how: string; readonly why: string | null } & Partial<RunChange>,
  ): void {
    if (run.state?.waiting?.for === "effect") this.#collected.left.push(run.state.waiting.key);
    const ended = {
      state: "ended",
      run: run.state,
      wakeAtS: 0,
      endedHow: how,
      endedWhy: why,
      endedS: this.#known.nowS,
    } as const;
    this.#collected.runs.push({ id: run.id, ...ended, ...more });
  }

  async #judge(run: OpenRun, rule: CompiledRule, rules: CompiledRules): Promise<void> {
    const { customer, facts, nowS } = this.#known;
    const { holdouts: groups, timeZone } = rules.document;
    const lastStartedS = rule.onceWithin ? await this.#lastStartedS(run) : null;
    const inputs = { facts, person: customer, nowS, groups, lastStartedS, timeZone, addBusinessDays };
    const judgement = judgeTrigger(rule, run.trigger, inputs);
    if (judgement.kind === "declined") return this.#end(run, { how: "declined", why: judgement.why });
    const { arm, group } = judgement;
    // What a rule would have done in shadow does not keep it from doing so when it is live.
    const onceKey = run.mode === "live" ? judgement.onceKey : `shadow ${judgement.onceKey}`;
    if (arm === "not_yet")
      return this.#end(run, {
        how: "declined",
        why: "The customer is outside of the share that the rule acts for.",
        arm,
      });
    if (await this.#isTaken(run, onceKey))
      return this.#end(run, { how: "declined", why: "It has begun for this reason before." });
    if (arm === "holdout") {
      const attribute = group === null ? undefined : groups[group]?.attribute;
      if (attribute !== undefined && run.mode === "live") this.#setAttribute(run, attribute, true);
      return this.#end(run, {
        how: "held_out",
        why: "The customer is in the control group.",
        arm,
        onceKey,
        startedS: nowS,
        mode: run.mode,
      });
    }
    if (run.mode === "live" && !(await this.#parts.mayTouch(rule, nowS))) {
      this.#wakes.push(nowS + stoppedLookS);
      return;
    }
    const invoiceId = rule.rule.dunning ? invoiceOf(run.trigger, this.#known.person) : null;
    const began = { onceKey, arm, invoiceId, startedS: nowS, mode: run.mode };
    if (run.mode === "live")
      this.#noteSpeaker({ id: run.id, rule: run.rule, invoiceId, startedS: nowS, hasSpoken: false });
    await this.#advance({ run: { ...run, invoiceId }, rule, rules, state: beginRun(run.trigger, nowS), began });
  }

  /** When this rule began for this person last. */
  async #lastStartedS({ rule, mode }: OpenRun): Promise<number | null> {
    if (this.#begunOf(rule).some((begun) => begun.mode === mode)) return this.#known.nowS;
    return findLastStarted(this.#db, this.#known.everybody, { rule, mode });
  }

  /** Runs of one rule that begin in this turn are not in the database yet. */
  #begunOf(rule: string): readonly RunChange[] {
    const own = new Set(this.#open.filter((run) => run.rule === rule).map(({ id }) => id));
    return this.#collected.runs.filter(({ id, onceKey }) => onceKey !== undefined && own.has(id));
  }

  async #isTaken(run: OpenRun, onceKey: string): Promise<boolean> {
    const others = this.#begunOf(run.rule).some((other) => other.onceKey === onceKey);
    return others || isOnceKeyTaken(this.#db, this.#known.everybody, { rule: run.rule, onceKey });
  }

  get #db(): Queryable {
    return this.#parts.ground.contexts.main.pool;
  }

  async #advance(moving: Moving): Promise<void> {
    const { run, rule, rules } = moving;
    let { state } = moving;
    let effect = await this.#reportOf(state);
    let approval = run.approval;
    let wakeAtS: number | null = null;
    let drafted: string | null = null;
    const details = new Map<number, string>();
    for (let pass = 0; pass < passesMax; pass += 1) {
      const wasAt = state.at;
      const wasWaiting = state.waiting?.for === "effect" ? state.waiting.key : null;
      const advance = advanceRun(rule, state, this.#inputs({ run, rules, effect, approval }));
      state = advance.state;
      wakeAtS = advance.wakeAtS;
      // What a person said of one draft says nothing about the next one.
      if (state.at !== wasAt) approval = "none";
      const failed = await this.#do(moving, state, advance, details);
      this.#record(run, rule, advance.steps, details);
      if (state.waiting?.for === "approval" && approval === "none") {
        drafted = await this.#makeDraft(moving, state);
        if (drafted !== null) break;
        // It cannot be written: the message itself will tell why.
        approval = "approved";
        continue;
      }
      if (state.waiting?.for !== "effect") break;
      if (run.mode === "shadow") effect = confirmedAt(this.#known.nowS);
      else if (failed) effect = { state: "failed", conversationId: null, atS: null };
      else {
        wakeAtS = this.#known.nowS + lookAfterEffectS;
        if (wasWaiting !== state.waiting.key) approval = "none";
        break;
      }
    }
    this.#settle(moving, { state, wakeAtS, approval, drafted });
  }

  #settle(moving: Moving, { state, wakeAtS, approval, drafted }: Settled): void {
    const { run, began } = moving;
    if (state.ended) return this.#end(run, { how: state.ended.how, why: state.ended.why, run: state, ...began });
    const change = { id: run.id, state: "running", run: state, wakeAtS: wakeAtS ?? 0, ...began } as const;
    this.#collected.runs.push({
      ...change,
      // A person may decide during the turn: what it has not changed is not written back.
      ...(drafted !== null ? { approval: "wanted", draft: drafted } : approval === run.approval ? {} : { approval }),
    });
    this.#wakes.push(wakeAtS ?? this.#known.nowS + stoppedLookS);
  }

  /** What a person is to approve; null when it cannot be written, which the message itself will then tell. */
  async #makeDraft(moving: Moving, { at }: RunState): Promise<string | null> {
    const { run, rule, rules } = moving;
    const instruction = rule.program[at];
    if (instruction?.op !== "act" || instruction.act.kind !== "message" || !instruction.act.draft) return null;
    const { act } = instruction;
    const planned = await planDeed({ at, act, values: {} }, this.#doer(run, { rules, at, draft: null }));
    if ("why" in planned || planned.plan.effect.kind !== "message") return null;
    const order = { at, instruction: instruction.act.draft.instruction, body: planned.plan.effect.text };
    return (await this.#phrase(moving, order)).text;
  }

  /** Asks the model, and records whether its words were taken. */
  async #phrase(
    { run, rule, rules }: Moving,
    { at, instruction, body }: { readonly at: number; readonly instruction: string; readonly body: string },
  ): Promise<Phrased> {
    const made = await this.#parts.draft?.({ rules, instruction, body, known: this.#known });
    const phrased = made ?? { text: body, byModel: false, why: "There is no model." };
    const path = pathAt(rule, at);
    const told = phrased.byModel
      ? ({ result: "done", detail: null } as const)
      : ({ result: "skipped", detail: phrased.why } as const);
    this.#record(run, rule, [{ at, path, kind: "draft", ...told }]);
    return phrased;
  }

  /** Enters what a pass decided; true when an effect could not be made. */
  async #do(moving: Moving, state: RunState, { deeds }: Advance, details: Map<number, string>): Promise<boolean> {
    const { run, rule, rules } = moving;
    let hasFailed = false;
    for (const deed of deeds) {
      const { act, at } = deed;
      if (act.kind === "set" || act.kind === "unset") {
        if (run.mode === "live") this.#setAttribute(run, act.attribute, deed.values["value"] ?? null);
        continue;
      }
      if (act.kind === "untag" && at >= rule.program.length && this.#isHeldByAnother(run, act.tag)) continue;
      const draft = run.approval === "approved" && at === moving.state.at ? run.draft : null;
      const doer = this.#doer(run, { rules, at, draft, conversationId: state.conversationId });
      const planned = await planDeed({ ...deed, act }, doer);
      if ("why" in planned) {
        hasFailed = true;
        details.set(at, planned.why);
      } else if (run.mode === "shadow") details.set(at, wouldSay(planned.plan));
      else {
        this.#collected.effects.push(await this.#phrased(planned.plan, { deed, moving, draft }));
        if (act.kind === "message") {
          this.#sent.push(this.#message(act.channel, rule));
          const { id, invoiceId } = run;
          this.#noteSpeaker({ id, rule: rule.rule.name, invoiceId, startedS: state.startedS, hasSpoken: true });
        }
      }
    }
    return hasFailed;
  }

  /** A message that a model may phrase without anybody's approval is phrased now. */
  async #phrased(plan: EffectPlan, { deed: { act, at }, moving, draft }: Phrasing): Promise<EffectPlan> {
    if (act.kind !== "message" || !act.draft || draft !== null || plan.effect.kind !== "message") return plan;
    const phrased = await this.#phrase(moving, { at, instruction: act.draft.instruction, body: plan.effect.text });
    return { ...plan, effect: { ...plan.effect, text: phrased.text } };
  }

  #doer(
    run: OpenRun,
    {
      rules,
      at,
      draft,
      conversationId = null,
    }: { rules: CompiledRules; at: number; draft: string | null; conversationId?: string | null },
  ): Doer {
    const { customer, person, nowS, facts, signals } = this.#known;
    const { profile } = person;
    return {
      ...customer,
      key: ruleKey(run.id, at),
      telling: {
        document: rules.document,
        profile,
        trigger: run.trigger,
        nowS,
        timeZone: timeZoneOf(facts, rules.document.timeZone),
      },
      sources: this.#parts.sources(this.#known),
      conversationId: conversationId ?? signals.conversationId,
      draft,
    };
  }

  #inputs({ run, rules, effect, approval }: InputsFor): Parameters<typeof advanceRun>[2] {
    const { nowS, facts, signals, person } = this.#known;
    return {
      nowS,
      facts,
      signals,
      effect,
      trigger: run.trigger,
      approval: approval === "wanted" ? "none" : approval,
      sent: this.#sent,
      arbiter: arbiterViewOf(
        rules,
        { person, signals },
        { runId: run.id, invoiceId: run.invoiceId, speakers: this.#speakers },
      ),
      effectKey: (at) => ruleKey(run.id, at),
      mode: run.mode,
      timeZone: rules.document.timeZone,
      addBusinessDays,
    };
  }

  /** The leader of the person may have changed since it was planned, and with them the account. */
  async #reportOf({ waiting }: RunState): Promise<Report | null> {
    if (waiting?.for !== "effect") return null;
    const accounts = this.#parts.ground.contexts.all.map(({ account }) => account);
    return (await findEffectReports(this.#db, accounts, [waiting.key])).get(waiting.key) ?? null;
  }

  #setAttribute(run: OpenRun, name: string, value: AttributeChange["value"]): void {
    const { customer, nowS } = this.#known;
    this.#collected.attributes.push({ ...customer, name, value, rule: run.rule, runId: run.id, setS: nowS });
  }

  #record(run: OpenRun, rule: CompiledRule, steps: readonly StepRecord[], details?: ReadonlyMap<number, string>): void {
    const { customer, nowS } = this.#known;
    for (const step of steps) {
      const detail = details?.get(step.at) ?? step.detail;
      const channel = step.kind === "message" ? channelAt(rule, step.at) : null;
      this.#collected.steps.push({ ...step, ...customer, detail, runId: run.id, channel, atS: nowS });
    }
  }
}

type Report = Pick<EffectReport, "state" | "conversationId" | "atS">;

/** An open run by the rules that it goes by. */
type Ordered = { readonly run: OpenRun; readonly rule: CompiledRule | undefined; readonly rules: CompiledRules };

type Moving = {
  readonly run: OpenRun;
  readonly rule: CompiledRule;
  readonly rules: CompiledRules;
  readonly state: RunState;
  /** What is recorded of a run that begins. */
  readonly began: Pick<RunChange, "onceKey" | "arm" | "invoiceId" | "startedS" | "mode"> | null;
};

type Phrasing = { readonly deed: Deed; readonly moving: Moving; readonly draft: string | null };

type Settled = {
  readonly state: RunState;
  readonly wakeAtS: number | null;
  readonly approval: OpenRun["approval"];
  /** What a person is asked to approve. */
  readonly drafted: string | null;
};

type InputsFor = Pick<Moving, "run" | "rules"> & {
  readonly effect: Report | null;
  readonly approval: OpenRun["approval"];
};

/** A version that this Dunlin does not understand; another node may be a newer one. */
function unreadable(error: unknown): undefined {
  if (error instanceof RulesUnreadable) return undefined;
  throw error;
}

function confirmedAt(atS: number): Report {
  return { state: "confirmed", conversationId: null, atS };
}

function pathAt({ program }: CompiledRule, at: number): string {
  const instruction = program[at];
  return instruction && "path" in instruction ? instruction.path : "";
}

/** The tags that a run has put on. */
function tagsOf({ traces }: RunState): readonly string[] {
  return traces.flatMap((trace) => (trace.kind === "tag" ? [trace.tag] : []));
}

/** The tag that a run is putting on. */
function tagUnderWay({ waiting, at }: RunState, rule: CompiledRule | undefined): string | null {
  const instruction = waiting?.for === "effect" ? rule?.program[at] : undefined;
  return instruction?.op === "act" && instruction.act.kind === "tag" ? instruction.act.tag : null;
}

function channelAt(rule: CompiledRule | undefined, at: number): "chat" | "email" | null {
  const instruction = rule?.program[at];
  return instruction?.op === "act" && instruction.act.kind === "message" ? instruction.act.channel : null;
}

/** So much of what would have been said is kept. */
const saidMax = 2_000;

/** What a shadow run records instead of an effect. */
function wouldSay({ effect }: EffectPlan): string {
  switch (effect.kind) {
    case "note":
    case "message":
      return effect.text.slice(0, saidMax);
    case "ticket":
      return effect.title;
    case "tag":
    case "untag":
      return effect.tag;
    case "data_event":
      return effect.name;
    case "conversation":
      return "text" in effect ? effect.text.slice(0, saidMax) : effect.action;
    case "webhook":
      return effect.url;
  }
}
