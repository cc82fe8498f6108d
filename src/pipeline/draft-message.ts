/** Messages that a model phrases: at once, or for a person to approve. */
import { ruleKey, type EffectPlan } from "../effects/effect.ts";
import type { CompiledRule } from "../rules/program.ts";
import type { Deed } from "../rules/run.ts";
import { timeZoneOf } from "../rules/time-zone.ts";
import { planDeed, type Doer } from "./rule-deeds.ts";
import { customerNamedBy } from "./rule-facts.ts";
import { withExampleLinks } from "./rule-texts.ts";
import type { Moving, Phrased, Turn } from "./turn.ts";

/** Who does a deed of this run: for whom, in which words and languages, and where. */
export function doerOf(
  { known, parts }: Turn,
  { run, rules }: Moving,
  {
    at,
    draft,
    conversationId,
  }: { readonly at: number; readonly draft: string | null; readonly conversationId: string | null },
): Doer {
  const { customer, person, nowS, facts, signals } = known;
  const { document } = rules;
  const timeZone = timeZoneOf(facts, document.timeZone);
  const sources = parts.sources({ customer: customerNamedBy([run.invoiceId, run.trigger.objectId], person) });
  return {
    ...customer,
    key: ruleKey(run.id, at),
    telling: { document, profile: person.profile, trigger: run.trigger, nowS, timeZone },
    // What a shadow run would have said is kept and shown.
    sources: run.mode === "shadow" ? withExampleLinks(sources) : sources,
    conversationId: conversationId ?? signals.conversationId,
    draft,
  };
}

/**
 * What a person is to approve: only words of a model are. Null when there are none, and when the message cannot be written, which it
 * will then tell itself.
 */
export async function makeDraft(turn: Turn, moving: Moving, at: number): Promise<string | null> {
  const instruction = moving.rule.program[at];
  if (instruction?.op !== "act" || instruction.act.kind !== "message" || !instruction.act.draft) return null;
  const { act } = instruction;
  const doer = doerOf(turn, moving, { at, draft: null, conversationId: null });
  const planned = await planDeed({ at, act, values: {} }, doer);
  if ("why" in planned || planned.plan.effect.kind !== "message") return null;
  const order = { at, instruction: instruction.act.draft.instruction, body: planned.plan.effect.text };
  const { text, byModel } = await askModel(turn, moving, order);
  return byModel ? text : null;
}

/** The effect of a deed, in a model's words where the rule wants that and nobody has to approve it. */
export async function phrase(
  turn: Turn,
  moving: Moving,
  { deed: { act, at }, plan }: { readonly deed: Deed; readonly plan: EffectPlan },
): Promise<EffectPlan> {
  if (act.kind !== "message" || !act.draft || act.draft.approval || plan.effect.kind !== "message") return plan;
  const { instruction } = act.draft;
  const { text } = await askModel(turn, moving, { at, instruction, body: plan.effect.text });
  return { ...plan, effect: { ...plan.effect, text } };
}

/** Asks the model, and records whether its words were taken. */
async function askModel(
  { known, parts, ledger }: Turn,
  { run, rule, rules }: Moving,
  { at, instruction, body }: { readonly at: number; readonly instruction: string; readonly body: string },
): Promise<Phrased> {
  const made = await parts.draft?.({ rules, instruction, body, known });
  const phrased = made ?? { text: body, byModel: false, why: "There is no model." };
  const told = phrased.byModel
    ? ({ result: "done", detail: null } as const)
    : ({ result: "skipped", detail: phrased.why } as const);
  ledger.record(run, rule, { steps: [{ at, path: pathAt(rule, at), kind: "draft", ...told }] });
  return phrased;
}

function pathAt({ program }: CompiledRule, at: number): string {
  const instruction = program[at];
  return instruction && "path" in instruction ? instruction.path : "";
}
