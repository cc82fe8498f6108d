/** What the Pulse page shows: the live flow of billing into contacts, as `GET /api/pulse` answers it. */
import { z } from "zod";
import { pauseEntry } from "./pauses.ts";

/** One second of flow; `at` is the unix second. */
export const pulseSecond = z.object({
  at: z.number().int(),
  /** Stripe events accepted in this second. */
  events: z.number().int(),
  /** Contacts written (created or updated) in this second. */
  writes: z.number().int(),
});

/** One change that an event made to our copy of a Stripe object. */
export const pulseChange = z.object({
  field: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});

/** One of the last events and what it changed. */
export const pulseEvent = z.object({
  id: z.string(),
  type: z.string(),
  receivedAt: z.iso.datetime(),
  customerId: z.string().nullable(),
  customerLabel: z.string().nullable(),
  /** applied: changed something · unchanged: repeated, older or irrelevant · waiting: must look at Stripe first · skipped: a type we do not use · dead: needs a person */
  state: z.enum(["applied", "unchanged", "waiting", "skipped", "dead"]),
  changes: z.array(pulseChange),
});

/** One write to Intercom: which attributes of which contact went from what to what. */
export const pulseWrite = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  customerId: z.string(),
  customerLabel: z.string().nullable(),
  contactId: z.string(),
  contactUrl: z.string().nullable(),
  kind: z.enum(["create", "update"]),
  lane: z.enum(["urgent", "calm", "backfill"]),
  changes: z.array(pulseChange),
  /** From the moment the first event of this write was stored to Intercom's answer. */
  lagMs: z.number().nullable(),
});

/** A connection as the page shows it. */
export const pulseConnection = z.object({
  vendor: z.enum(["stripe", "intercom"]),
  /** e.g. "Acme GmbH · test mode" or "Acme · EU". */
  label: z.string(),
  state: z.enum(["active", "paused", "connecting"]),
  reason: z.string().nullable(),
  /** stripe: how events come in, and what is wrong with that. */
  detail: z.string().nullable(),
});

export const pulse = z.object({
  now: z.iso.datetime(),
  /** True while the make-believe company is connected. */
  sandbox: z.object({ controlUrl: z.string() }).nullable(),
  connections: z.array(pulseConnection),
  /** Everything that is paused, by whom and why. */
  pauses: z.array(pauseEntry),
  /** The last 120 seconds, oldest first, without gaps. */
  seconds: z.array(pulseSecond),
  totals: z.object({
    /** Stripe events stored since the first start. */
    events: z.number().int(),
    /** Stored events of a type we do not use. */
    skipped: z.number().int(),
    /** Calls that wrote to a contact. */
    writes: z.number().int(),
    /** Events that changed a customer and needed no call of their own. */
    callsSaved: z.number().int(),
    customers: z.number().int(),
    /** Customers linked to a contact. */
    linked: z.number().int(),
    /** Customers left out, by reason. */
    leftOut: z.array(z.object({ reason: z.string(), count: z.number().int(), hint: z.string() })),
  }),
  /** From event stored to Intercom's answer, over the last five minutes, urgent and calm lane. */
  lag: z.object({
    p50Ms: z.number().nullable(),
    p99Ms: z.number().nullable(),
    /** Age of the oldest customer that waits for a write, 0 when none waits. */
    backlogAgeMs: z.number(),
  }),
  queue: z.object({
    urgent: z.number().int(),
    calm: z.number().int(),
    backfill: z.number().int(),
    dead: z.number().int(),
    /** Events that wait for a look at Stripe. */
    eventsWaiting: z.number().int(),
  }),
  /** Intercom's current ten-second slice. */
  budget: z.object({
    limit: z.number().int(),
    used: z.number().int(),
    /** Milliseconds until the slice ends. */
    resetsInMs: z.number(),
  }),
  backfill: z.object({ state: z.enum(["running", "done"]), resource: z.string(), done: z.number().int() }).nullable(),
  lastEvents: z.array(pulseEvent),
  lastWrites: z.array(pulseWrite),
});

export type Pulse = z.infer<typeof pulse>;
export type PulseChange = z.infer<typeof pulseChange>;
export type PulseEvent = z.infer<typeof pulseEvent>;
export type PulseWrite = z.infer<typeof pulseWrite>;
