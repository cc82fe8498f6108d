/** Station events: reads a signed body as an event, or says what is wrong with it. */
import { z } from "zod";
import { isRecord, parseJson } from "../lib/json.ts";
import { AppError } from "../model/error.ts";
import type { StripeEvent } from "../model/stripe-event.ts";

/** The body is not an event that Stripe could have sent; the sender must not repeat it. */
export class EventInvalid extends AppError {
  readonly code = "STRIPE_EVENT_INVALID";
  readonly kind = "invalid";
}

/** Ids and types become keys: short and printable, as Stripe's are. */
const key = z.string().regex(/^[\x20-\x7e]{1,255}$/);

/** Where the object says whose it is; anything but a proper id is refused before it can reach the database. */
const keysInside = z.looseObject({
  id: key.nullish(),
  customer: z.union([key, z.looseObject({ id: key.nullish() })]).nullish(),
});

const envelope = z.object({
  id: key,
  object: z.literal("event"),
  type: key,
  created: z.number().int().nonnegative(),
  livemode: z.boolean(),
  api_version: z.string().nullish(),
  data: z.object({
    object: z.custom<Record<string, unknown>>((value) => isRecord(value) && keysInside.safeParse(value).success),
    previous_attributes: z.custom<Record<string, unknown>>(isRecord).nullish(),
  }),
});

/** Reads an event from text. Throws EventInvalid with the first thing that is wrong. */
export function parseEvent(text: string): StripeEvent {
  const value = parseJson(text);
  if (value === undefined) throw new EventInvalid("The body is not JSON. Stripe sends events as JSON.");
  return readEvent(value);
}

/** Reads an event from parsed JSON. Throws EventInvalid with the first thing that is wrong. */
export function readEvent(value: unknown): StripeEvent {
  const parsed = envelope.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const place = issue && issue.path.length > 0 ? ` at "${issue.path.join(".")}"` : "";
    throw new EventInvalid(`The body is not a Stripe snapshot event${place}. Check what was sent to this address.`);
  }
  const { data, created, api_version, ...rest } = parsed.data;
  return {
    id: rest.id,
    type: rest.type,
    createdS: created,
    livemode: rest.livemode,
    apiVersion: api_version ?? null,
    object: data.object,
    previous: data.previous_attributes ?? null,
  };
}
