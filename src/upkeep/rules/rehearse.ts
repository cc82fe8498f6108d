/** What a rule would do now for one customer, up to its first wait, and how its texts would read. Does nothing. */
import type { RehearsedStep, RuleTest } from "../../../contract/rules-api.ts";
import type { Pool } from "../../db/pool.ts";
import type { Contexts } from "../../pipeline/context.ts";
import { CustomerUnknown, findAsked } from "../../pipeline/explain-subject.ts";
import { ProductCache } from "../../pipeline/load-customer.ts";
import { invoiceOf } from "../../pipeline/rule-facts.ts";
import { exampleLink, writeText, type TextSources } from "../../pipeline/rule-texts.ts";
import {
  addBusinessDays,
  arbiterViewOf,
  beholdCustomer,
  loadSpeakers,
  withInvoices,
  type KnownNow,
  type RuleGround,
} from "../../pipeline/run-inputs.ts";
import { advanceRun } from "../../rules/advance.ts";
import { nextFiring } from "../../rules/dates.ts";
import { beginRun, fits, judgeTrigger, type Judgement } from "../../rules/judge.ts";
import type { Act, CompiledRule, CompiledRules } from "../../rules/program.ts";
import type { EffectReport, RunState, StepRecord, Trigger } from "../../rules/run.ts";
import { truthOf } from "../../rules/run-values.ts";
import type { Advance, AdvanceInputs } from "../../rules/scene.ts";
import { findLastStarted, isOnceKeyTaken } from "../../rules/store.ts";
import type { TextChannel } from "../../rules/texts/render.ts";
import { timeZoneOf } from "../../rules/time-zone.ts";
import { madeUpTrigger } from "./made-up-trigger.ts";
import { findLatestTrigger } from "./run-rows.ts";
import { getRule } from "./switch-rule.ts";

export type RehearsalOrder = {
  readonly rule: string;
  /** An id, a contact id, an e-mail or the business's own user id. */
  readonly customer: string;
  readonly account?: string | undefined;
  /** Unix seconds. */
  readonly nowS: number;
};

/** Moves from one wait to the next; a rule has fewer instructions. */
const looksMax = 500;

/** Tries a rule. Throws RuleUnknown, CustomerUnknown or CustomerAmbiguous. */
export async function rehearse(contexts: Contexts, rules: CompiledRules, order: RehearsalOrder): Promise<RuleTest> {
  const rule = getRule(rules, order.rule);
  const ground = { contexts, products: new ProductCache() };
  const beheld = await behold(ground, order);
  const trial = await chooseTrigger(contexts.main.pool, rule, beheld);
  const invoiceId = rule.rule.dunning ? invoiceOf(trial.trigger, beheld.person) : null;
  const known = await withInvoices(ground, beheld, invoiceId === null ? [] : [invoiceId]);
  const judgement = await judge(contexts.main.pool, { rules, rule, known, trigger: trial.trigger });
  const inputs = await inputsOf(ground, { rules, known, trigger: trial.trigger }, invoiceId);
  // Its steps are shown all the same, as if its reason held.
  const { advances, state } = advanceToRest(judgement.kind === "start" ? rule : { ...rule, while: null }, inputs);
  const { profile } = known.person;
  return {
    rule: order.rule,
    customer: { ...known.customer, label: profile.name ?? profile.email },
    trigger: { ...trial.shown, isMadeUp: trial.isMadeUp },
    starts: judgement.kind === "start",
    why: judgement.kind === "declined" ? judgement.why : null,
    arm: judgement.kind === "start" ? judgement.arm : null,
    ...(await whatIsShown({ rules, rule, known, trigger: trial.trigger }, advances)),
    goesOnAt: isoOf(state.ended === null ? (advances.at(-1)?.wakeAtS ?? null) : null),
    ended: state.ended,
  };
}

async function behold(ground: RuleGround, { customer, account, nowS }: RehearsalOrder): Promise<KnownNow> {
  const asked = await findAsked(ground.contexts.main.pool, { name: customer, account });
  let beheld = await beholdCustomer(ground, asked, nowS);
  if (beheld.kind === "follows") beheld = await beholdCustomer(ground, beheld.leader, nowS);
  if (beheld.kind !== "person") throw new CustomerUnknown(customer);
  return beheld.known;
}

type Trial = {
  readonly trigger: Trigger;
  readonly isMadeUp: boolean;
  readonly shown: Omit<RuleTest["trigger"], "isMadeUp">;
};

/** The one of the customer's latest run of this rule, or else one that might have been. */
async function chooseTrigger(pool: Pool, rule: CompiledRule, known: KnownNow): Promise<Trial> {
  const latest = await findLatestTrigger(pool, known.customer, rule.rule.name);
  const isReal = latest !== undefined && fits(rule.trigger, latest);
  const trigger = isReal ? latest : madeUpTrigger(rule.trigger, known.person.profile, known.nowS);
  const facts = Object.entries(trigger.facts).filter(
    (fact): fact is [string, string | number | boolean] => typeof fact[1] !== "object",
  );
  const bringsFacts = trigger.kind === "moment" || trigger.kind === "stripe" || trigger.kind === "signal";
  const shown = { kind: trigger.kind, name: trigger.name, facts: Object.fromEntries(facts) };
  return { trigger, shown, isMadeUp: !isReal && bringsFacts };
}

type Part = {
  readonly rules: CompiledRules;
  readonly rule: CompiledRule;
  readonly known: KnownNow;
  readonly trigger: Trigger;
};

async function judge(pool: Pool, part: Part): Promise<Judgement> {
  const { rules, rule, known, trigger } = part;
  const why = againstTrigger(part);
  if (why !== null) return { kind: "declined", why, againUntilS: null };
  const { document } = rules;
  const { customer, facts, nowS } = known;
  const { name } = rule.rule;
  const lastStartedS = await findLastStarted(pool, known.everybody, { rule: name, mode: "live" });
  const inputs = {
    facts,
    person: customer,
    nowS,
    groups: document.holdouts,
    lastStartedS,
    timeZone: document.timeZone,
  };
  const judgement = judgeTrigger(rule, trigger, { ...inputs, addBusinessDays });
  if (judgement.kind === "declined") return judgement;
  const { onceKey } = judgement;
  // A reason of its own will have another key.
  const isTrying = onceKey.startsWith("reason ") || onceKey.startsWith("object ");
  const isTaken = !isTrying && (await isOnceKeyTaken(pool, known.everybody, { rule: name, onceKey }));
  return isTaken
    ? { kind: "declined", againUntilS: null, why: `It has acted on this already (once per ${rule.rule.oncePer}).` }
    : judgement;
}

/** Why what would trigger the rule is not so at present; null when it is, or when that cannot be told from the customer. */
function againstTrigger({ rules, rule: { trigger }, known: { facts, nowS } }: Part): string | null {
  if (trigger.kind === "becomes" && truthOf(trigger.expression, facts.values) !== "true")
    return "Its expression “becomes” is not true at present.";
  if (trigger.kind !== "date") return null;
  const firing = nextFiring(trigger, facts, { nowS, timeZone: rules.document.timeZone, addBusinessDays });
  return firing === null ? `The customer has no “${trigger.date.field}” for which its turn is still to come.` : null;
}

async function inputsOf(
  ground: RuleGround,
  { rules, known, trigger }: Omit<Part, "rule">,
  invoiceId: string | null,
): Promise<AdvanceInputs> {
  const { nowS, facts, signals, sent } = known;
  const speakers = await loadSpeakers(ground, known, invoiceId === null ? [] : [invoiceId]);
  return {
    nowS,
    trigger,
    facts,
    signals,
    sent,
    effect: null,
    approval: "none",
    arbiter: arbiterViewOf(rules, known, { runId: 0, invoiceId, speakers }),
    effectKey: (at) => `test:${at}`,
    mode: "shadow",
    timeZone: rules.document.timeZone,
    addBusinessDays,
  };
}

/** What it asks for counts as done at once, and a draft as approved. */
function advanceToRest(
  rule: CompiledRule,
  inputs: AdvanceInputs,
): { readonly advances: readonly Advance[]; readonly state: RunState } {
  const advances: Advance[] = [];
  let state = beginRun(inputs.trigger, inputs.nowS);
  let answer: Pick<AdvanceInputs, "effect" | "approval"> = { effect: null, approval: "none" };
  while (advances.length < looksMax) {
    const advance = advanceRun(rule, state, { ...inputs, ...answer });
    advances.push(advance);
    state = advance.state;
    const waitsFor = state.waiting?.for;
    if (state.ended !== null || (waitsFor !== "effect" && waitsFor !== "approval")) break;
    if (waitsFor === "approval" && answer.approval === "approved") break;
    answer =
      waitsFor === "approval"
        ? { effect: null, approval: "approved" }
        : { effect: confirmed(inputs), approval: "none" };
  }
  return { advances, state };
}

function confirmed({ nowS }: AdvanceInputs): EffectReport {
  return { state: "confirmed", conversationId: "0", atS: nowS, why: null };
}

/** The last word about each instruction, in the order in which they were come to; and texts of those that were not. */
async function whatIsShown(part: Part, advances: readonly Advance[]): Promise<Pick<RuleTest, "steps" | "later">> {
  const records = new Map<string, StepRecord>();
  for (const step of advances.flatMap(({ steps }) => steps)) records.set(`${step.at} ${step.kind}`, step);
  const passed = new Set([...records.values()].map(({ at }) => at));
  const ahead = part.rule.program.flatMap((instruction, at) =>
    instruction.op === "act" && !passed.has(at) && textOf(instruction.act) !== null ? [instruction] : [],
  );
  return {
    steps: await Promise.all([...records.values()].map((record) => stepShown(part, record))),
    later: await Promise.all(
      ahead.map(async ({ path, act }) => ({ path, kind: act.kind, ...(await saidBy(part, act)) })),
    ),
  };
}

async function stepShown(part: Part, { at, path, kind, result, detail }: StepRecord): Promise<RehearsedStep> {
  const instruction = part.rule.program[at];
  const isSaid = instruction?.op === "act" && result !== "skipped";
  const said = isSaid ? await saidBy(part, instruction.act) : { text: null, missing: [] };
  return { path, kind, result, detail, ...said };
}

async function saidBy(part: Part, act: Act): Promise<Pick<RehearsedStep, "text" | "missing">> {
  const written = await writtenOf(part, act);
  if (written === null) return { text: null, missing: [] };
  if ("missing" in written) return { text: null, missing: [...written.missing] };
  if (act.kind !== "ticket" || act.description === null) return { text: written, missing: [] };
  const described = await writtenAs(part, act, { text: act.description, channel: "plain" });
  if ("missing" in described) return { text: null, missing: [...described.missing] };
  return { text: { subject: written.body, body: described.body }, missing: [] };
}

type Spoken = { readonly text: string; readonly channel: TextChannel };
type Written = Awaited<ReturnType<typeof writeText>>;

async function writtenOf(part: Part, act: Act): Promise<Written | null> {
  const spoken = textOf(act);
  return spoken === null ? null : writtenAs(part, act, spoken);
}

async function writtenAs({ rules, known, trigger }: Part, act: Act, spoken: Spoken): Promise<Written> {
  const { document } = rules;
  const { profile } = known.person;
  const timeZone = timeZoneOf(known.facts, document.timeZone);
  const telling = { document, profile, trigger, nowS: known.nowS, timeZone };
  return writeText(telling, spoken.text, {
    channel: spoken.channel,
    reader: act.kind === "note" || act.kind === "ticket" ? "teammate" : "customer",
    sources: exampleSources,
  });
}

function textOf(act: Act): Spoken | null {
  switch (act.kind) {
    case "message":
      return { text: act.text, channel: act.channel };
    case "conversation":
      return { text: act.text, channel: "plain" };
    case "note":
      return { text: act.text, channel: "note" };
    case "ticket":
      return { text: act.title, channel: "title" };
    default:
      return null;
  }
}

/** No real link is made for a trial. */
const exampleSources: TextSources = {
  link: (purpose) => Promise.resolve(exampleLink(purpose)),
  saving: () => Promise.resolve(null),
};

function isoOf(atS: number | null): string | null {
  return atS === null ? null : new Date(atS * 1000).toISOString();
}
