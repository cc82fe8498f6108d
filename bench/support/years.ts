/** A customer's year as the journal keeps it: joining, a purchase, and renewals of which some fail at first. */
import { extractFacts } from "../../src/billing/extract.ts";
import { useOf } from "../../src/events/catalogue.ts";
import { isRecord } from "../../src/lib/json.ts";
import type { StripeKind } from "../../src/model/stripe-object.ts";
import { customerId } from "./people.ts";
import { tellRound } from "./stories.ts";

/** When the first customers joined. */
export const lifeStartS = 1_755_000_000;

/** Every so many renewals one fails. */
const failsEvery = 9;
const roundsMax = 12;

export type JournalEvent = {
  readonly id: string;
  readonly type: string;
  readonly createdS: number;
  readonly objectId: string;
  readonly customer: string;
  readonly body: string;
};

type NewestObject = {
  readonly kind: StripeKind;
  readonly id: string;
  readonly customer: string;
  readonly event: JournalEvent;
  readonly object: Readonly<Record<string, unknown>>;
};

export type Life = { readonly events: readonly JournalEvent[]; readonly copies: readonly NewestObject[] };

/** The first so many events of customer `n`, and the newest state of what they show. */
export function lifeOf(n: number, eventsMax: number): Life {
  const joinedS = lifeStartS + (n % 30) * 86_400 + (n % 86_400);
  const events: JournalEvent[] = [];
  const newest = new Map<string, NewestObject>();
  for (let at = 0; at <= roundsMax && events.length < eventsMax; at += 1) {
    const isFailing = (n + at) % failsEvery === 0;
    const story = at === 0 ? "signUp" : at === 1 ? "checkout" : isFailing ? "failedRenewal" : "renewal";
    for (const { body } of tellRound(story, n, { joinedS, round: at })) {
      if (events.length < eventsMax) note(n, body, { events, newest });
    }
  }
  return { events, copies: [...newest.values()] };
}

function note(
  n: number,
  body: string,
  { events, newest }: { readonly events: JournalEvent[]; readonly newest: Map<string, NewestObject> },
): void {
  const { id, type, created, data } = JSON.parse(body);
  const customer = customerId(n);
  const event = { id, type, createdS: created, objectId: data.object.id, customer, body };
  events.push(event);
  const use = useOf(type);
  const known = newest.get(event.objectId);
  if (use?.how !== "copy" || !isRecord(data.object) || (known && known.event.createdS > created)) return;
  newest.set(event.objectId, { kind: use.kind, id: event.objectId, customer, event, object: data.object });
}

/** As COPY reads it: tabs between columns, and what would end a line or a column escaped. */
export function eventLine({ id, type, createdS, objectId, customer, body }: JournalEvent): string {
  const bytes = body.replaceAll("\\", "\\\\\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return `main\t${id}\t${type}\t${createdS}\t${objectId}\t${customer}\tapplied\t${bytes}\n`;
}

export function copyLine({ kind, id, customer, event, object }: NewestObject): string {
  const facts = JSON.stringify(extractFacts(kind, object)).replaceAll("\\", "\\\\");
  return `main\t${id}\t${kind}\t${customer}\t${event.createdS}\t1\t${event.id}\tevent\t${facts}\n`;
}
