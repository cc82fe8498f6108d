/** Data events: what happened to a contact, for segments, series and workflows. */
import { z } from "zod";
import type { IntercomClient } from "./client.ts";
import type { CallOptions } from "./contacts.ts";

/** Plain values, an amount in the currency's smallest unit, or a link. */
export type MetadataValue =
  | string
  | number
  | boolean
  | { readonly amount: number; readonly currency: string }
  | { readonly url: string; readonly value: string };

export type DataEvent = {
  readonly contactId: string;
  readonly name: string;
  readonly occurredAtS: number;
  /** Intercom keeps ten keys. */
  readonly metadata?: Readonly<Record<string, MetadataValue>> | undefined;
};

/**
 * Tracks a data event. Intercom knows it by contact, name and second: repeating it changes nothing, and a second one of
 * the same name in the same second is swallowed. Answers Intercom's name of the call; the answer itself is empty (202).
 */
export async function trackEvent(
  client: IntercomClient,
  { contactId, name, occurredAtS, metadata }: DataEvent,
  options: CallOptions,
): Promise<string | null> {
  const body = { event_name: name, created_at: occurredAtS, id: contactId, metadata };
  const track = { method: "POST", path: "/events", body, effect: "idempotent" } as const;
  return (await client.request({ ...track, schema: z.unknown(), ...options })).requestId;
}
