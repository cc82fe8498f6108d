/** A person's past as the time machine goes through it. Whoever knows billing and Intercom tells it. */
import type { SimulationBasis } from "../../../contract/simulation.ts";
import type { CustomerKey } from "../../model/customer-key.ts";
import type { ArbiterView } from "../arbiter.ts";
import type { CompiledRule } from "../program.ts";
import type { CustomerFacts, Deed, PersonSignals, Trigger } from "../run.ts";

/** Something that happened. What is known about the person has changed by the time that it is told. */
export type Occurrence = {
  /** When Dunlin heard of it, in unix seconds. */
  readonly atS: number;
  readonly basis: SimulationBasis;
  /** Of all that rules look at. */
  readonly triggers: readonly Trigger[];
  /** Whether the profile may be another one now. */
  readonly hasChanged: boolean;
};

/** What is known of a person after all that was told so far. */
export type LifeView = {
  /** The leader. */
  readonly person: CustomerKey;
  /** Name or e-mail. */
  readonly label: () => string | null;
  /** Null as long as Stripe has no such customer. */
  readonly factsAt: (nowS: number) => CustomerFacts | null;
  /** How what is known of them at this instant is known. */
  readonly basisAt: (nowS: number) => SimulationBasis;
  readonly signalsAt: (nowS: number, sinceS: number) => PersonSignals;
  /** The invoice that a rule about failed payments speaks of. */
  readonly invoiceOf: (trigger: Trigger) => string | null;
  /** What billing tells the arbiter about it. */
  readonly arbiterFacts: (invoiceId: string | null) => Pick<ArbiterView, "invoice" | "failure">;
};

/** Takes one step in a person's past; undefined at its end. */
export type Life = LifeView & {
  /** When something happens next (unix seconds). */
  readonly nextS: () => number | undefined;
  /** Tells what happens next. */
  readonly next: () => Occurrence;
};

/** What a deed would have come to: done, with what it would have said, or not possible, and why. */
export type Performed =
  | { readonly said: { readonly subject: string | null; readonly body: string } | null }
  | { readonly why: string };

/** A deed with whose run it is of. */
export type Performance = {
  readonly rule: CompiledRule;
  readonly deed: Deed;
  readonly trigger: Trigger;
  readonly nowS: number;
  readonly conversationId: string | null;
};

/** What the engine needs from outside of the station. */
export type Ports = {
  readonly addBusinessDays: (fromS: number, days: number) => number;
  /** Tells what would have been sent; sends nothing. */
  readonly perform: (performance: Performance) => Performed;
};
