/** One run of a rehearsal: what it does is counted at once, and kept in full only where it is to be shown. */
import type { RehearsedStep, SimulationBasis, SimulationHit } from "../../../contract/simulation.ts";
import { fingerprint } from "../../lib/hash.ts";
import { customerKeyText, type CustomerKey } from "../../model/customer-key.ts";
import type { Advance } from "../scene.ts";
import type { CompiledRule } from "../program.ts";
import type { Deed, RunState, StepRecord, Trigger } from "../run.ts";
import type { ComparedHit } from "./side-by-side.ts";
import type { Performed } from "./life.ts";
import { countReason, countUp, type RuleTally } from "./tally.ts";

/** What a run begins with. */
export type Start = {
  readonly rule: CompiledRule;
  readonly trigger: Trigger;
  readonly basis: SimulationBasis;
  readonly invoiceId: string | null;
  readonly startedS: number;
};

/** Whether steps with their texts, and whether a digest of the deeds is kept. */
export type Keeping = { readonly steps: boolean; readonly deeds: boolean };

export class RehearsedRun {
  readonly start: Start;
  readonly keeping: Keeping;
  state: RunState | null = null;
  /** When it is to be looked at again; null when nothing but a change or an end is awaited. */
  wakeAtS: number | null;
  hasSpoken = false;
  readonly #tally: RuleTally;
  readonly #steps: RehearsedStep[] = [];
  readonly #deeds: string[] = [];
  /** What deeds under way would say, by instruction. */
  readonly #performed = new Map<number, Performed>();
  /** A run that waits is looked at often and says the same each time. */
  readonly #said = new Set<string>();
  #endedS: number | null = null;

  constructor(start: Start, keeping: Keeping, tally: RuleTally) {
    this.start = start;
    this.keeping = keeping;
    this.wakeAtS = start.startedS;
    this.#tally = tally;
  }

  get isOpen(): boolean {
    return this.#endedS === null;
  }

  get effectKeyPrefix(): string {
    return `simulated:${this.start.rule.rule.name}:${this.start.trigger.key}`;
  }

  /** Takes over what a look at it has led to. */
  follow({ state, steps, wakeAtS }: Advance, nowS: number): void {
    this.state = state;
    this.wakeAtS = wakeAtS;
    for (const step of steps) this.#count(step, nowS);
    if (state.ended === null) return;
    this.#endedS = nowS;
    countUp(this.#tally.ends, state.ended.how);
    if (state.ended.how === "over" && state.messages === 0 && speaks(this.start.rule))
      this.#tally.overBeforeMessage += 1;
  }

  /** Notes something that would have been done, or why it could not be. */
  note({ act, at, values }: Deed, nowS: number, performed: Performed): void {
    this.#performed.set(at, performed);
    if ("why" in performed) return countReason(this.#tally.skipped, performed.why);
    countUp(this.#tally.deeds, act.kind);
    if (act.kind === "message") {
      countUp(this.#tally.messages, act.channel);
      this.hasSpoken = true;
    }
    if (this.keeping.deeds) this.#deeds.push(JSON.stringify([nowS, at, act, values, performed.said]));
  }

  /** As it is shown. */
  hitOf(person: CustomerKey, label: string | null): SimulationHit {
    const { trigger, basis, startedS } = this.start;
    const { kind, name, objectId, occurredAtS } = trigger;
    const ended = this.state?.ended ?? null;
    return {
      ...person,
      label,
      atS: startedS,
      trigger: { kind, name, objectId, occurredAtS },
      basis,
      ended: ended === null || this.#endedS === null ? null : { ...ended, atS: this.#endedS },
      steps: this.#steps,
    };
  }

  /** As it is compared with another version's. */
  comparedOf(person: CustomerKey, label: string | null): ComparedHit {
    const key = `${this.start.trigger.key} ${person.account} ${person.customerId}`;
    const end = this.state?.ended?.how ?? "open";
    return { key, deeds: [end, ...this.#deeds].join("\n"), hit: this.hitOf(person, label) };
  }

  #count(step: StepRecord, nowS: number): void {
    const { at, kind, result, detail } = step;
    const saying = `${at} ${kind} ${result} ${detail ?? ""}`;
    if (this.#said.has(saying)) return;
    this.#said.add(saying);
    if (result === "waits" && kind === "message") countReason(this.#tally.held, detail ?? "It was held back.");
    if (result === "skipped") countReason(this.#tally.skipped, detail ?? `${kind} was left out.`);
    if (this.keeping.steps) this.#steps.push(this.#shown(step, nowS));
  }

  /** With what the deed would have said, or why it could not be done. */
  #shown({ at, path, kind, result, detail }: StepRecord, nowS: number): RehearsedStep {
    const step = { atS: nowS, path, kind, result, detail, text: null };
    const performed = result === "done" || result === "failed" ? this.#performed.get(at) : undefined;
    if (!performed) return step;
    return "why" in performed ? { ...step, detail: performed.why } : { ...step, text: performed.said };
  }
}

/** By which hits are chosen: evenly spread, and the same whoever works on it. */
export function rankOf(rule: string, trigger: Trigger, person: CustomerKey): string {
  return fingerprint(`${rule} ${trigger.key} ${customerKeyText(person)}`);
}

const speaking = new WeakMap<CompiledRule, boolean>();

/** Whether a rule has a message to send at all. */
function speaks(rule: CompiledRule): boolean {
  const known = speaking.get(rule) ?? rule.program.some((one) => one.op === "act" && one.act.kind === "message");
  speaking.set(rule, known);
  return known;
}
