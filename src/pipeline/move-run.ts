/** Advances a run as far as it comes in this turn: each pass decides, its deeds become effects and attributes. */
import { ruleKey, type EffectPlan } from "../effects/effect.ts";
import { findEffectReports, type EffectReport } from "../effects/store.ts";
import { advanceRun } from "../rules/advance.ts";
import type { RunState, StepRecord } from "../rules/run.ts";
import type { Advance } from "../rules/scene.ts";
import type { OpenRun } from "../rules/store.ts";
import { doerOf, makeDraft, phrase } from "./draft-message.ts";
import { planDeed } from "./rule-deeds.ts";
import { addBusinessDays, arbiterViewOf } from "./run-inputs.ts";
import type { Moving, Turn } from "./turn.ts";
import { lookAfterEffectS, stoppedLookS } from "./turn-ledger.ts";
import { isHeldByAnother } from "./turn-tags.ts";

type Report = Omit<EffectReport, "key">;

/** Of what never came to the ledger. */
const unheard = { conversationId: null, atS: null, why: null } as const;

/** Programs are far shorter, and each pass goes on by an instruction. */
const passesMax = 400;

/** Advances a run, and enters what it comes to into the turn. */
export async function moveRun(turn: Turn, moving: Moving): Promise<void> {
  const { run, rule } = moving;
  let { state } = moving;
  let effect = await reportOf(turn, state);
  let approval = run.approval;
  let wakeAtS: number | null = null;
  let drafted: string | null = null;
  const details = new Map<number, string>();
  for (let pass = 0; pass < passesMax; pass += 1) {
    const wasAt = state.at;
    const wasWaiting = state.waiting?.for === "effect" ? state.waiting.key : null;
    const advance = advanceRun(rule, state, inputsFor(turn, moving, { effect, approval }));
    state = advance.state;
    wakeAtS = advance.wakeAtS;
    // What a person said of one draft says nothing about the next one.
    if (state.at !== wasAt) approval = "none";
    const hasFailed = await doDeeds(turn, moving, { state, advance, details });
    const isUndecided = state.waiting?.for === "approval" && approval === "none";
    if (isUndecided) drafted = await makeDraft(turn, moving, state.at);
    const needsNobody = isUndecided && drafted === null;
    turn.ledger.record(run, rule, {
      steps: needsNobody ? withoutWait(advance.steps, state.at) : advance.steps,
      details,
    });
    if (needsNobody) {
      // The rule's own words leave as they are; when they cannot be written, the message will tell why.
      approval = "approved";
      continue;
    }
    if (state.waiting?.for !== "effect") break;
    effect = knownAtOnce(turn, run, hasFailed);
    if (effect !== null) continue;
    wakeAtS = turn.known.nowS + lookAfterEffectS;
    if (wasWaiting !== state.waiting.key) approval = "none";
    break;
  }
  settle(turn, moving, { state, wakeAtS, approval, drafted });
}

/** What became of an act that never goes to the ledger: it could not be written, or is only tried. */
function knownAtOnce({ known }: Turn, { mode }: OpenRun, hasFailed: boolean): Report | null {
  if (hasFailed) return { ...unheard, state: "failed" };
  return mode === "shadow" ? { ...unheard, state: "confirmed", atS: known.nowS } : null;
}

/** Nobody is waited for after all. */
function withoutWait(steps: readonly StepRecord[], at: number): readonly StepRecord[] {
  return steps.filter((step) => step.at !== at || step.result !== "waits");
}

type Settled = {
  readonly state: RunState;
  readonly wakeAtS: number | null;
  readonly approval: OpenRun["approval"];
  /** What a person is asked to approve. */
  readonly drafted: string | null;
};

function settle({ ledger, known }: Turn, { run, began }: Moving, settled: Settled): void {
  const { state, wakeAtS, approval, drafted } = settled;
  if (state.ended) return ledger.end(run, { how: state.ended.how, why: state.ended.why, run: state, ...began });
  ledger.change({
    id: run.id,
    state: "running",
    run: state,
    wakeAtS: wakeAtS ?? 0,
    ...began,
    // A person may decide during the turn: what it has not changed is not written back.
    ...(drafted !== null ? { approval: "wanted", draft: drafted } : approval === run.approval ? {} : { approval }),
  });
  ledger.wakeAt(wakeAtS ?? known.nowS + stoppedLookS);
}

type Pass = {
  readonly state: RunState;
  readonly advance: Advance;
  /** What is recorded with steps, by instruction. */
  readonly details: Map<number, string>;
};

/** Enters what a pass decided; true when an effect could not be made. */
async function doDeeds(turn: Turn, moving: Moving, { state, advance, details }: Pass): Promise<boolean> {
  const { run, rule } = moving;
  const { ledger, voices } = turn;
  let hasFailed = false;
  for (const deed of advance.deeds) {
    const { act, at } = deed;
    if (act.kind === "set" || act.kind === "unset") {
      if (run.mode === "live") ledger.setAttribute(run, act.attribute, deed.values["value"] ?? null);
      continue;
    }
    if (act.kind === "untag" && at >= rule.program.length && isHeldByAnother(turn, run, act.tag)) continue;
    const draft = run.approval === "approved" && at === moving.state.at ? run.draft : null;
    const { conversationId } = state;
    const planned = await planDeed({ ...deed, act }, doerOf(turn, moving, { at, draft, conversationId }));
    if ("why" in planned) {
      hasFailed = true;
      details.set(at, planned.why);
    } else if (run.mode === "shadow") details.set(at, wouldSay(planned.plan));
    else {
      ledger.plan(draft === null ? await phrase(turn, moving, { deed, plan: planned.plan }) : planned.plan);
      if (act.kind === "message") voices.noteMessage(run, act.channel);
    }
  }
  return hasFailed;
}

function inputsFor(
  { known, voices }: Turn,
  { run, rules }: Moving,
  { effect, approval }: { readonly effect: Report | null; readonly approval: OpenRun["approval"] },
): Parameters<typeof advanceRun>[2] {
  const { nowS, facts, signals } = known;
  const { id: runId, invoiceId } = run;
  return {
    nowS,
    facts,
    signals,
    effect,
    trigger: run.trigger,
    approval: approval === "wanted" ? "none" : approval,
    sent: voices.sent,
    arbiter: arbiterViewOf(rules, known, { runId, invoiceId, speakers: voices.speakers }),
    effectKey: (at) => ruleKey(runId, at),
    mode: run.mode,
    timeZone: rules.document.timeZone,
    addBusinessDays,
  };
}

/** What has become of the effect that a run waits for. The person's leader may have changed since, and with them the account. */
export async function reportOf({ parts }: Turn, { waiting }: RunState): Promise<Report | null> {
  if (waiting?.for !== "effect") return null;
  const { pool } = parts.ground.contexts.main;
  return (await findEffectReports(pool, [waiting.key])).get(waiting.key) ?? null;
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
      if (effect.action === "prioritise") return effect.priority;
      return "text" in effect ? effect.text.slice(0, saidMax) : effect.action;
    case "webhook":
      return effect.url;
  }
}
