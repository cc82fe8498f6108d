/** Whether Stripe's deliveries reach us, judged from what comes in at the door and what only the list of events has. */

/**
 * | in state | sign | next |
 * | --- | --- | --- |
 * | working | missed | missing |
 * | missing | delivered | working |
 */
export type DeliveryHealth = {
  /** missing: the list had events that no delivery brought. */
  readonly state: "working" | "missing";
  readonly sinceMs: number;
  /** Since the last genuine delivery there was one that no secret of ours had signed. */
  readonly refused: boolean;
};

/** delivered: a genuine delivery · refused: its signature did not fit · missed: the list had an event that was overdue */
export type DeliverySign = "delivered" | "refused" | "missed";

/** Until something else is known, deliveries are taken to work. */
export function firstHealth(nowMs: number): DeliveryHealth {
  return { state: "working", sinceMs: nowMs, refused: false };
}

/** What a sign makes of what was known; the same object when it says nothing new. */
export function nextHealth(health: DeliveryHealth, sign: DeliverySign, nowMs: number): DeliveryHealth {
  switch (sign) {
    case "delivered":
      if (health.state === "missing") return firstHealth(nowMs);
      return health.refused ? { ...health, refused: false } : health;
    case "refused":
      return health.refused ? health : { ...health, refused: true };
    case "missed":
      return health.state === "missing" ? health : { ...health, state: "missing", sinceMs: nowMs };
  }
}

/** How long an event may be on its way: a minute, or less where the list is read so often that less is telling. */
export function overdueAfterMs(catchUpMs: number): number {
  return Math.min(60_000, catchUpMs / 5);
}

/**
 * Whether a delivery may still bring an event of this second, so that it is left to it. Stripe's times are whole seconds,
 * so an event may be a second younger than it says. One from the future tells of a wrong clock, not of youth.
 */
export function isYoung(
  createdS: number,
  { nowMs, afterMs }: { readonly nowMs: number; readonly afterMs: number },
): boolean {
  const ageMs = nowMs - createdS * 1000;
  return ageMs >= -clockToleranceMs && ageMs < afterMs + 1000;
}

const clockToleranceMs = 5_000;

export type ListedEvent = {
  readonly createdS: number;
  /** The endpoint subscribes to its type. */
  readonly isSubscribed: boolean;
  /** It is stored because the list had it; no delivery had brought it. */
  readonly isNew: boolean;
};

/**
 * Whether a delivery should have brought an event long before. Nothing is said about what happened before `listeningMs`,
 * when nobody was there to take it.
 */
export function isOverdue(
  { createdS, isSubscribed, isNew }: ListedEvent,
  { nowMs, listeningMs, afterMs }: { readonly nowMs: number; readonly listeningMs: number; readonly afterMs: number },
): boolean {
  const isLate = createdS * 1000 < nowMs && !isYoung(createdS, { nowMs, afterMs });
  return isNew && isSubscribed && isLate && createdS * 1000 >= listeningMs;
}
