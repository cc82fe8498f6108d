/**
 * Station rules: the dunning arbiter. Of all that wants to speak to a customer about an invoice that failed it lets one speak,
 * and only when it helps. Its rules are a table, in the order in which they are asked; docs/reference/dunning.md has each with
 * its source. What is final comes first, so that nothing waits that may never leave.
 */
import type { FailureClass } from "../model/payment-trouble.ts";
import { dayS } from "../lib/day.ts";
import { toneOf } from "./tone.ts";

/** Another run of a dunning rule about the same invoice, also one that has ended after it spoke. */
export type Rival = {
  readonly rule: string;
  readonly priority: number;
  readonly startedS: number;
  readonly hasSpoken: boolean;
};

/** What is known of the invoice that a run is about. */
export type ArbiterView = {
  /** Null when the run is about none. */
  readonly invoice: {
    readonly id: string;
    readonly isPaid: boolean;
    readonly isDisputed: boolean;
    /** When Stripe tries by itself again; the latest attempt as long as its outcome is not known. */
    readonly nextAttemptS: number | null;
    readonly isDebitProcessing: boolean;
  } | null;
  readonly failure: FailureClass | null;
  /** Stripe mails the customer itself about each failure; Stripe does not tell, the document does. */
  readonly stripeEmails: boolean;
  readonly rivals: readonly Rival[];
  /** Conversations that are open and in which the customer wrote last. */
  readonly openConversations: number;
};

/** The run that wants to speak. */
export type Speaker = {
  readonly rule: string;
  readonly priority: number;
  readonly startedS: number;
  readonly channel: "chat" | "email";
  /** Messages of this run that have left. */
  readonly messages: number;
  readonly nowS: number;
  /** Since when this message has been held; now when it has not been. */
  readonly heldSinceS: number;
};

/** `later` is looked at again at `untilS`, and given up when it has been held for `patienceS`. */
export type ArbiterDecision =
  | { readonly speak: "now" }
  | { readonly speak: "later"; readonly untilS: number; readonly patienceS: number; readonly why: string }
  | { readonly speak: "never"; readonly why: string };

type Row = {
  /** As docs/reference/dunning.md calls it. */
  readonly name: string;
  /** Undefined when it has nothing against speaking. */
  readonly decide: (view: ArbiterView, me: Speaker) => Exclude<ArbiterDecision, { speak: "now" }> | undefined;
};

const hourS = 3600;
/** Six business days of a SEPA debit (facts of Stripe) and the longest holidays around them. */
const debitPatienceS = 14 * dayS;
/** As any message that is held. */
const usualPatienceS = 3 * dayS;
/** Until the charge of an invoice has been heard of. */
const reasonGraceS = 60;
/** An attempt so near is waited for. */
const attemptNearS = 12 * hourS;
/** Until the outcome of an attempt has reached us. */
const attemptGraceS = hourS;
/** So long a message is held for an attempt or an open conversation; then it is better to speak. */
const courtesyS = dayS;

/** The table, in the order in which it is asked. */
export const arbiterRows: readonly Row[] = [
  {
    name: "paid",
    decide: ({ invoice }) => (invoice?.isPaid === true ? never("The invoice is paid.") : undefined),
  },
  {
    name: "disputed",
    decide: ({ invoice }) => (invoice?.isDisputed === true ? never("The payment is disputed.") : undefined),
  },
  {
    name: "person",
    decide: ({ failure }) =>
      failure !== null && toneOf(failure) === "person"
        ? never("A person has to look at why this payment failed.")
        : undefined,
  },
  {
    name: "stripe mails",
    decide: ({ stripeEmails }, { channel, messages }) => {
      if (!stripeEmails) return undefined;
      if (channel === "email") return never("Stripe mails the customer about it.");
      return messages > 0 ? never("Stripe mails the customer about it; one message in the chat is enough.") : undefined;
    },
  },
  {
    name: "one speaker",
    decide: ({ rivals }, me) => {
      const speaker = rivals.find((rival) => rival.hasSpoken && (me.messages === 0 || ranksBefore(rival, me)));
      return speaker === undefined ? undefined : never(`The rule “${speaker.rule}” speaks about this invoice.`);
    },
  },
  { name: "reason to come", decide: awaitReason },
  {
    name: "debit under way",
    decide: ({ invoice }, { nowS }) =>
      invoice?.isDebitProcessing === true
        ? { speak: "later", untilS: nowS + 6 * hourS, patienceS: debitPatienceS, why: "A debit is on its way." }
        : undefined,
  },
  {
    name: "precedence",
    decide: ({ rivals }, me) => {
      const rival = me.messages > 0 ? undefined : rivals.find((one) => !one.hasSpoken && ranksBefore(one, me));
      if (rival === undefined) return undefined;
      const why = `The rule “${rival.rule}” has precedence.`;
      return { speak: "later", untilS: me.nowS + hourS, patienceS: usualPatienceS, why };
    },
  },
  { name: "attempt ahead", decide: awaitAttempt },
  { name: "open conversation", decide: awaitConversation },
];

/** Whether this run may speak to the customer about the invoice now. */
export function arbitrate(view: ArbiterView, me: Speaker): ArbiterDecision {
  for (const { decide } of arbiterRows) {
    const decision = decide(view, me);
    if (decision !== undefined) return decision;
  }
  return { speak: "now" };
}

/**
 * The event of an invoice and the one of its charge come in any order, and only the charge says why the payment failed: who is
 * not to be written to at all, and in which tone.
 */
function awaitReason({ invoice, failure }: ArbiterView, { nowS, startedS }: Speaker): ReturnType<Row["decide"]> {
  const untilS = startedS + reasonGraceS;
  if (invoice === null || failure !== null || nowS >= untilS) return undefined;
  return { speak: "later", untilS, patienceS: usualPatienceS, why: "It is not known yet why the payment failed." };
}

/** A failure that may cure itself is not worth a message in the hours before Stripe tries again. */
function awaitAttempt({ invoice, failure }: ArbiterView, me: Speaker): ReturnType<Row["decide"]> {
  const attemptS = invoice?.nextAttemptS ?? null;
  if (attemptS === null || failure === null || toneOf(failure) !== "friendly") return undefined;
  const untilS = attemptS + attemptGraceS;
  if (untilS <= me.nowS || attemptS - me.nowS > attemptNearS || hasWaited(me)) return undefined;
  return { speak: "later", untilS, patienceS: usualPatienceS, why: "Stripe is about to try again." };
}

/** They wait for an answer of ours: no automatic message in between. */
function awaitConversation({ openConversations }: ArbiterView, me: Speaker): ReturnType<Row["decide"]> {
  if (openConversations === 0 || hasWaited(me)) return undefined;
  const untilS = me.heldSinceS + courtesyS;
  return { speak: "later", untilS, patienceS: usualPatienceS, why: "The customer waits for an answer of ours." };
}

function hasWaited({ nowS, heldSinceS }: Speaker): boolean {
  return nowS - heldSinceS >= courtesyS;
}

/** The higher priority, of equals the earlier, and then by name so that both sides decide alike. */
function ranksBefore(a: Pick<Rival, "rule" | "priority" | "startedS">, b: typeof a): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.startedS === b.startedS ? a.rule < b.rule : a.startedS < b.startedS;
}

function never(why: string): { readonly speak: "never"; readonly why: string } {
  return { speak: "never", why };
}
