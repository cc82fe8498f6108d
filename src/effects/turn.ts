/** One turn of work on an effect: what a worker holds, how its turn may end, and what the ledger keeps of that. */
import type { EffectGuarantee } from "../../contract/effect.ts";
import type { Lane } from "../model/lane.ts";
import type { EffectBody } from "./effect.ts";

/** An effect that one worker holds. */
export type ClaimedEffect = {
  readonly id: string;
  readonly account: string;
  readonly customerId: string;
  readonly key: string;
  readonly lane: Lane;
  readonly guarantee: EffectGuarantee;
  /** What was under way when its process died is unknown now. */
  readonly state: "planned" | "unknown";
  readonly effect: EffectBody;
  readonly contactId: string | null;
  readonly objectId: string | null;
  readonly attempt: number;
  readonly looks: number;
  readonly queuedAtMs: number;
  readonly doubtedAtMs: number | null;
};

/** sent: it may leave · busy: another effect is open on this contact · taken: another data event has this second · lost: another worker has it. */
export type Departure = "sent" | "busy" | "taken" | "lost";

export type Fault = { readonly code: string; readonly message: string };

/** How one turn of work on an effect ended. */
export type Outcome =
  | {
      readonly to: "confirmed";
      readonly how: "answer" | "look";
      readonly objectId: string | null;
      readonly conversationId: string | null;
      readonly requestId: string | null;
    }
  /** It certainly has not happened, and is tried again. `counts`: as an attempt. */
  | { readonly to: "planned"; readonly delayMs: number; readonly fault: Fault; readonly counts: boolean }
  /** It may have happened, and is looked for. */
  | { readonly to: "unknown"; readonly delayMs: number; readonly looks: number; readonly fault: Fault }
  | { readonly to: "failed"; readonly fault: Fault; readonly mayHaveHappened: boolean }
  /** It has not happened and is not wanted any more. */
  | { readonly to: "withdrawn"; readonly fault: Fault };

/** Whether nothing more comes of the effect. */
export function isEnd({ to }: Outcome): boolean {
  return to === "confirmed" || to === "failed" || to === "withdrawn";
}

/** What the ledger keeps of an outcome; null leaves what is there. */
export type TurnRecord = {
  readonly dueInMs: number;
  readonly looks: number | null;
  /** Attempts that do not count after all. */
  readonly uncounted: 0 | 1;
  readonly isInDoubt: boolean;
  readonly endedHow: "answer" | "look" | null;
  readonly objectId: string | null;
  readonly conversationId: string | null;
  readonly requestId: string | null;
  readonly fault: Fault | null;
};

const plain: TurnRecord = {
  dueInMs: 0,
  looks: null,
  uncounted: 0,
  isInDoubt: false,
  endedHow: null,
  objectId: null,
  conversationId: null,
  requestId: null,
  fault: null,
};

/** The same outcome as the ledger's columns. */
export function recordOf(outcome: Outcome): TurnRecord {
  switch (outcome.to) {
    case "confirmed": {
      const { how, objectId, conversationId, requestId } = outcome;
      return { ...plain, endedHow: how, objectId, conversationId, requestId };
    }
    case "planned":
      return {
        ...plain,
        dueInMs: Math.round(outcome.delayMs),
        uncounted: outcome.counts ? 0 : 1,
        fault: outcome.fault,
      };
    case "unknown": {
      const { delayMs, looks, fault } = outcome;
      return { ...plain, dueInMs: Math.round(delayMs), looks, isInDoubt: true, fault };
    }
    case "withdrawn":
      return { ...plain, fault: outcome.fault };
    case "failed":
      return { ...plain, isInDoubt: outcome.mayHaveHappened, fault: outcome.fault };
  }
}
