/**
 * Station effects: what is done in Intercom beyond attributes, one ledger entry each, known by a key that is derived
 * from its reason. An entry is planned in the transaction of the state that it follows from, and its sending is on disk
 * before the call leaves; so whatever breaks, the ledger knows what may have happened.
 *
 * | state | meaning | goes on to |
 * | --- | --- | --- |
 * | planned | has not happened; will be sent when it is due | sent; confirmed, when there is nothing to do; failed, when it cannot be sent; withdrawn, when its reason is gone |
 * | sent | a call is under way, or its process died meanwhile | confirmed or failed, as Intercom answers; planned, when it certainly did not happen; unknown, when no answer came |
 * | unknown | may have happened; is looked for | confirmed, when found; sent, when it may be repeated; failed, when it may not |
 * | confirmed | has happened | nothing: it is never repeated, not even by a person |
 * | failed | waits for a person | confirmed, or by a replay: planned, or unknown if it may have happened |
 * | withdrawn | was not sent, since a rule's reason for it had gone by then, or nobody is there to be told of a moment | nothing |
 *
 * | guarantee | of | when no answer came |
 * | --- | --- | --- |
 * | effectively_once | attributes, tags, data events, priorities of conversations | is repeated: the second time changes nothing |
 * | verified | notes, tickets, conversations and all else in them | is looked for, and repeated only if it is not there |
 * | at_most_once | messages | is looked for, and not repeated even if it is not found |
 * | at_least_once | messages that were planned so, or that a person replays; webhooks | is looked for, and repeated if it is not found; a webhook is repeated with its id |
 */
import {
  effectStates,
  type EffectGuarantee,
  type EffectKind,
  type EffectRequest,
  type EffectState,
  type WebhookEffect,
} from "../../contract/effect.ts";
import { fingerprint } from "../lib/hash.ts";
import { isRecord } from "../lib/json.ts";
import { AppError } from "../model/error.ts";
import type { Lane } from "../model/lane.ts";

/** Where an entry may go next. */
export const effectMoves = {
  planned: ["sent", "confirmed", "failed", "withdrawn"],
  sent: ["confirmed", "planned", "unknown", "failed"],
  unknown: ["sent", "confirmed", "failed"],
  confirmed: [],
  failed: ["planned", "unknown", "confirmed"],
  withdrawn: [],
} as const satisfies Readonly<Record<EffectState, readonly EffectState[]>>;

/** The states from which an entry may go to this one. */
export function statesBefore(to: EffectState): readonly EffectState[] {
  return openAndEnded.filter((from) => effectMoves[from].some((next) => next === to));
}

const openAndEnded = effectStates;

type Envelope = "key" | "account" | "customerId" | "lane";
type WithoutEnvelope<T> = T extends unknown ? Omit<T, Envelope> : never;

/** What is to be done, without for whom. */
export type EffectBody = WithoutEnvelope<EffectRequest> | WebhookEffect;

/** An effect to enter into the ledger. */
export type EffectPlan = {
  readonly account: string;
  readonly customerId: string;
  /** The same reason gives the same key: repeating the reason repeats nothing. */
  readonly key: string;
  readonly lane: Lane;
  readonly effect: EffectBody;
};

/** What is promised about it should no answer come. */
export function guaranteeOf(effect: EffectBody): EffectGuarantee {
  switch (effect.kind) {
    case "message":
      return effect.guarantee;
    case "note":
    case "ticket":
      return "verified";
    case "conversation":
      return effect.action === "prioritise" ? "effectively_once" : "verified";
    case "tag":
    case "untag":
    case "data_event":
      return "effectively_once";
    case "webhook":
      return "at_least_once";
  }
}

/** Keys that Dunlin itself makes for moments; the API takes none of them. */
const momentPrefix = "moment:";

/** The ledger's key of a moment. */
export function momentKey(key: string): string {
  return `${momentPrefix}${key}`;
}

const rulePrefix = "rule:";

/** The ledger's key of what a rule's run does with one of its instructions; of one that does several things, each has a part. */
export function ruleKey(runId: number, at: number | string): string {
  return `${rulePrefix}${runId}:${at}`;
}

/** The run that an effect is of; null when it is not a rule's. */
export function runOfKey(key: string): number | null {
  return runAndPlaceOfKey(key)?.runId ?? null;
}

/** The run that an effect is of, and the instruction that asked for it; null when it is not a rule's. */
export function runAndPlaceOfKey(key: string): { readonly runId: number; readonly at: number } | null {
  const [, runId, at] = /^rule:(\d+):(\d+)/.exec(key) ?? [];
  return runId === undefined ? null : { runId: Number(runId), at: Number(at) };
}

/** Whether it tells of a moment. Nobody has asked for it by name, so nobody misses it where there is no contact. */
export function tellsMoment({ key }: Pick<EffectPlan, "key">): boolean {
  return key.startsWith(momentPrefix);
}

/** One text for what a plan asks for, whatever the order of its keys; tells whether a key is used for two things. */
export function planFingerprint({ customerId, effect }: Pick<EffectPlan, "customerId" | "effect">): string {
  return fingerprint(JSON.stringify([customerId, effect], sortKeys));
}

function sortKeys(_key: string, value: unknown): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** What to do about an effect that was looked for. */
export type Verdict = "found" | "look_again" | "repeat" | "give_up";

/** Decides after one look. `looks` counts the looks so far, this one included; only after `looksMax` it counts as absent. */
export function afterLook(
  guarantee: EffectGuarantee,
  { isFound, looks, looksMax }: { readonly isFound: boolean; readonly looks: number; readonly looksMax: number },
): Verdict {
  if (isFound) return "found";
  if (looks < looksMax) return "look_again";
  return guarantee === "at_most_once" ? "give_up" : "repeat";
}

/**
 * How an effect is looked for: by reading a list that is complete at once, or by a search whose index lags behind.
 * What needs no look is repeated instead.
 */
export function lookOf(effect: EffectBody): "list" | "search" | "none" {
  switch (effect.kind) {
    case "note":
      return "list";
    case "ticket":
    case "message":
      return "search";
    case "conversation":
      return lookOfConversation(effect.action);
    case "tag":
    case "untag":
    case "data_event":
    case "webhook":
      return "none";
  }
}

type ConversationAction = Extract<EffectBody, { readonly kind: "conversation" }>["action"];

function lookOfConversation(action: ConversationAction): ReturnType<typeof lookOf> {
  if (action === "prioritise") return "none";
  return action === "open" ? "search" : "list";
}

/** By whom Intercom knows a data event: a second one of the same person, name and second is swallowed. */
export function dataEventId(contactId: string, name: string, occurredAtS: number): string {
  return `${contactId} ${occurredAtS} ${name}`;
}

/** The second in such an id. */
export function secondOfDataEvent(objectId: string): number {
  return Number(objectId.split(" ")[1]);
}

/** A key stands for something else already. */
export class EffectKeyReused extends AppError {
  readonly code = "EFFECT_KEY_REUSED";
  readonly kind = "invalid";
  override readonly httpStatus = 409;
  constructor(key: string) {
    super(`The key “${key}” stands for another effect already; a key names one effect for ever. Use another one.`);
  }
}

/** The ledger has no such entry. */
export class EffectNotFound extends AppError {
  readonly code = "EFFECT_NOT_FOUND";
  readonly kind = "missing";
  constructor(id: string) {
    super(`The ledger has no effect ${id}. To see what it has: dunlin effects list`);
  }
}

/** Somebody asked for what the entry's state does not allow. */
export class EffectStateConflict extends AppError {
  readonly code = "EFFECT_STATE_CONFLICT";
  readonly kind = "invalid";
  override readonly httpStatus = 409;
}

/** A person decided against it. */
export class EffectDeclined extends AppError {
  readonly code = "EFFECT_DECLINED";
  readonly kind = "permanent";
  constructor() {
    super("Somebody decided that this is not to be sent.");
  }
}

/** A rule had planned it, and its reason was gone when it was about to leave; nothing was sent. */
export class EffectWithdrawn extends AppError {
  readonly code = "EFFECT_WITHDRAWN";
  readonly kind = "permanent";
}

/** What a rule has planned may not leave yet; it leaves later. */
export class EffectHeld extends AppError {
  readonly code = "EFFECT_HELD";
  readonly kind = "transient";
  /** Unix seconds. */
  readonly untilS: number;
  constructor({ why, holdUntilS }: { readonly why: string; readonly holdUntilS: number }) {
    super(why);
    this.untilS = holdUntilS;
  }
}

/** The customer never got a contact in Intercom. */
export class EffectWithoutContact extends AppError {
  readonly code = "EFFECT_WITHOUT_CONTACT";
  readonly kind = "permanent";
}

/** Nothing tells whether a message arrived. */
export class EffectUncertain extends AppError {
  readonly code = "EFFECT_UNCERTAIN";
  readonly kind = "permanent";
  constructor(kind: EffectKind) {
    super(
      `It cannot be told whether this ${kind} arrived; it is not repeated. Look in Intercom, then: dunlin effects settle, or replay it.`,
    );
  }
}
