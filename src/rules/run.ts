/**
 * Station rules: a run is one customer's way through one rule. It is a row, and every step's result is recorded before the
 * next. Deciding is pure: `judgeTrigger` says whether a run begins, `advanceRun` what it does next.
 */
import type { CelValues } from "../lib/cel.ts";
import type { Money } from "../model/money.ts";
import type { AttributeType } from "../model/attribute.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { Act } from "./program.ts";

/** Facts of what triggered a run, as they are kept with it; dates are unix seconds. */
export type TriggerFacts = Readonly<Record<string, string | number | boolean | Money>>;

/** What made a rule look at a customer. */
export type Trigger = {
  readonly kind: "moment" | "stripe" | "becomes" | "date" | "signal" | "manual";
  /** The same reason has the same key: a rule looks at it once. */
  readonly key: string;
  /** The moment, the type of the event, the date's field, the signal; `manual` else. */
  readonly name: string;
  /** What it is about: the charge, the subscription, the conversation … */
  readonly objectId: string | null;
  readonly occurredAtS: number;
  readonly facts: TriggerFacts;
};

/** Why a run waits, and what ends its waiting. */
export type Waiting =
  /** A wait step, until `untilS`. */
  | { readonly for: "step"; readonly sinceS: number; readonly untilS: number }
  /** Its effect is under way; the key is the ledger's. */
  | { readonly for: "effect"; readonly key: string }
  /**
   * A message that may not leave yet (quiet hours, a cap, the arbiter), or any act while it is not known whether the run's
   * reason still holds. First kept waiting at `sinceS`, looked at again at `untilS`, given up at `giveUpS`.
   */
  | {
      readonly for: "message";
      readonly sinceS: number;
      readonly untilS: number;
      readonly giveUpS: number;
      readonly why: string;
    }
  /** A person has to approve a draft; given up at `giveUpS`. `sinceS` is when the message was first kept waiting, for whatever. */
  | { readonly for: "approval"; readonly sinceS: number; readonly giveUpS: number };

/** What a run has set, so that it can be taken back; `at` is the instruction that set it. */
export type Trace =
  | { readonly kind: "tag"; readonly tag: string; readonly at: number }
  | { readonly kind: "set"; readonly attribute: string; readonly at: number };

export type EndedHow =
  | "finished" // it came to its end
  | "stopped" // a stop step
  | "over" // its reason is not true any more
  | "cancelled" // by a person, or because its rule is gone
  | "failed"; // it cannot go on

/** What a run knows of itself between two steps. */
export type RunState = {
  /** The instruction that is next. */
  readonly at: number;
  readonly startedS: number;
  readonly waiting: Waiting | null;
  /** How the latest wait ended: `none` before the first. */
  readonly lastWait: "none" | "time" | "reply" | "condition";
  /** Messages of this run that have left, or would have. */
  readonly messages: number;
  /** When the latest of them left. */
  readonly lastMessageS: number | null;
  /** Answers from this instant on count for the next wait that a reply may end; earlier ones have been heard. */
  readonly heardS: number;
  /** The conversation that it opened, or in which it was answered. */
  readonly conversationId: string | null;
  readonly traces: readonly Trace[];
  readonly ended: { readonly how: EndedHow; readonly why: string | null } | null;
};

/** What is known about the customer at this instant. Expressions see `values`, texts `display`. */
export type CustomerFacts = {
  /** `profile`, `ages`; `moment` and `run` are added per run. */
  readonly values: CelValues;
  /** Dates of the profile (unix seconds) by field; null when there is none. */
  readonly dates: Readonly<Record<string, number | null>>;
  /** What `oncePer` goes by; null when there is none. */
  readonly subjects: {
    readonly invoice: string | null;
    readonly subscription: string | null;
    readonly period: string | null;
  };
  /** As Stripe has it, such as de or en-GB. */
  readonly locale: string | null;
  /** ISO code of the billing country. */
  readonly country: string | null;
  /** From the customer's metadata, when it names a time zone. */
  readonly timeZone: string | null;
};

/** A message of ours to the same person. */
export type SentMessage = { readonly channel: "chat" | "email"; readonly atS: number; readonly rule: string };

/** What happened in Intercom with this person. */
export type PersonSignals = {
  /** The latest answer of theirs. */
  readonly repliedS: number | null;
  readonly conversationId: string | null;
  /** Conversations of theirs that are open and in which they wrote last. */
  readonly openConversations: number;
  readonly unsubscribed: boolean;
};

/** How the effect that a run waits for stands. */
export type EffectReport = {
  readonly state: "open" | "confirmed" | "failed" | "withdrawn";
  readonly conversationId: string | null;
  readonly atS: number | null;
  /** Why it failed, with its code; null when nobody has said. */
  readonly why: string | null;
};

/** The result of one instruction, as it is recorded. */
export type StepRecord = {
  readonly at: number;
  readonly path: string;
  /** An act's kind, or wait, branch, undo, stop. */
  readonly kind: string;
  /** done · skipped (with the reason) · waits · failed */
  readonly result: "done" | "skipped" | "waits" | "failed";
  readonly detail: string | null;
};

/** Something to be done outside; the conductor makes an effect of the ledger or an attribute of it. */
export type Deed = {
  /** The instruction; the same one of the same run is the same deed. What is taken back has the instruction's number plus the program's length. */
  readonly at: number;
  readonly act: Act | { readonly kind: "unset"; readonly attribute: string };
  /** Values that were worked out, by the names in the act; `value` of a set. */
  readonly values: Readonly<Record<string, AttributeValue>>;
  readonly type?: AttributeType;
};
