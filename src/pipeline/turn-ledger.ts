/** Collects what a turn decides until all of it is committed together. */
import type { EffectPlan } from "../effects/effect.ts";
import { channelAt, type CompiledRule } from "../rules/program.ts";
import type { StepRecord } from "../rules/run.ts";
import type { AttributeChange, OpenRun, RunChange, StepRow } from "../rules/store.ts";
import type { KnownNow } from "./run-inputs.ts";

/** While an effect is under way its outcome wakes the run; should nobody have told, it is looked for so often. */
export const lookAfterEffectS = 30;
/** A rule that stands still is looked at again when it goes on; should nobody have told, so often. */
export const stoppedLookS = 3600;

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

/** How a run ended, and what else is recorded of it. */
export type Ending = { readonly how: string; readonly why: string | null } & Partial<RunChange>;

export class TurnLedger {
  readonly #known: KnownNow;
  readonly #open: readonly OpenRun[];
  readonly #runs: RunChange[] = [];
  readonly #steps: StepRow[] = [];
  readonly #effects: EffectPlan[] = [];
  readonly #attributes: AttributeChange[] = [];
  readonly #left: string[] = [];
  readonly #wakes: number[] = [];

  constructor(known: KnownNow, open: readonly OpenRun[]) {
    this.#known = known;
    this.#open = open;
  }

  get result(): TurnResult {
    return {
      runs: this.#runs,
      steps: this.#steps,
      effects: this.#effects,
      attributes: this.#attributes,
      left: this.#left,
      wakeAtS: this.#wakes.length === 0 ? null : Math.min(...this.#wakes),
    };
  }

  /** The person is looked at again so many seconds from now, at the latest. */
  wakeIn(seconds: number): void {
    this.wakeAt(this.#known.nowS + seconds);
  }

  wakeAt(atS: number): void {
    this.#wakes.push(atS);
  }

  change(change: RunChange): void {
    this.#runs.push(change);
  }

  /** The run goes no further before the effect that it waits for has left, or is withdrawn. */
  awaitEffect({ state }: OpenRun): void {
    if (state?.waiting?.for === "effect") this.#left.push(state.waiting.key);
    this.wakeIn(lookAfterEffectS);
  }

  end(run: OpenRun, { how, why, ...more }: Ending): void {
    if (run.state?.waiting?.for === "effect") this.#left.push(run.state.waiting.key);
    const { nowS } = this.#known;
    const ended = { state: "ended", run: run.state, wakeAtS: 0, endedHow: how, endedWhy: why, endedS: nowS } as const;
    this.#runs.push({ id: run.id, ...ended, ...more });
  }

  plan(effect: EffectPlan): void {
    this.#effects.push(effect);
  }

  /** Null takes it back. */
  setAttribute({ id, rule }: OpenRun, name: string, value: AttributeChange["value"]): void {
    const { customer, nowS } = this.#known;
    this.#attributes.push({ ...customer, name, value, rule, runId: id, setS: nowS });
  }

  /** `details` by instruction count before what the steps say themselves. */
  record(
    { id: runId }: OpenRun,
    rule: CompiledRule,
    { steps, details }: { readonly steps: readonly StepRecord[]; readonly details?: ReadonlyMap<number, string> },
  ): void {
    const { customer, nowS: atS } = this.#known;
    for (const step of steps) {
      const detail = details?.get(step.at) ?? step.detail;
      const channel = step.kind === "message" ? channelAt(rule, step.at) : null;
      this.#steps.push({ ...step, ...customer, detail, runId, channel, atS });
    }
  }

  /** What the turn makes of a run; undefined while it has made nothing of it. */
  changeOf(id: number): RunChange | undefined {
    return this.#runs.findLast((change) => change.id === id);
  }

  /** Runs of one rule that begin in this turn, which are not in the database yet. */
  begunOf(rule: string): readonly RunChange[] {
    const own = new Set(this.#open.filter((run) => run.rule === rule).map(({ id }) => id));
    return this.#runs.filter(({ id, onceKey }) => onceKey !== undefined && own.has(id));
  }
}
