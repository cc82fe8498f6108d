/** A turn: one look at all open runs of one person, and what it comes to. */
import type { CompiledRule, CompiledRules } from "../rules/program.ts";
import type { RunState } from "../rules/run.ts";
import type { OpenRun, RunChange } from "../rules/store.ts";
import type { TextSources } from "./rule-texts.ts";
import type { RulesNow } from "./rules-now.ts";
import type { KnownNow, RuleGround } from "./run-inputs.ts";
import type { TurnLedger } from "./turn-ledger.ts";
import type { Voices } from "./turn-voices.ts";

export type TurnParts = {
  readonly ground: RuleGround;
  readonly now: () => RulesNow;
  /** A version of the rules. */
  readonly version: (version: number) => Promise<CompiledRules>;
  /** Links and savings for a customer. */
  readonly sources: (whose: Pick<KnownNow, "customer">) => TextSources;
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

/** A turn under way. */
export type Turn = {
  readonly parts: TurnParts;
  readonly known: KnownNow;
  readonly ledger: TurnLedger;
  readonly voices: Voices;
  /** All runs of the turn. */
  readonly runs: readonly RunInTurn[];
  /** Runs that go no further: whether what they wait for has happened is not known. */
  readonly unheard: ReadonlySet<number>;
};

/** An open run with the rules that it goes by. */
export type RunInTurn = {
  readonly run: OpenRun;
  /** Undefined when its version has no such rule, or cannot be read. */
  readonly rule: CompiledRule | undefined;
  readonly rules: CompiledRules;
};

/** A run that is advanced. */
export type Moving = {
  readonly run: OpenRun;
  readonly rule: CompiledRule;
  readonly rules: CompiledRules;
  readonly state: RunState;
  /** What is recorded of a run that begins. */
  readonly began: Pick<RunChange, "onceKey" | "arm" | "invoiceId" | "startedS" | "mode"> | null;
};
