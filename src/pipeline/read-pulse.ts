/** Gathers what the Pulse page shows. */
import type { Pulse, PulseChange, PulseEvent, PulseWrite } from "../../contract/pulse.ts";
import { countCustomers, listCustomerLabels } from "../billing/store.ts";
import { countIdentities, listLatestWrites, type IdentityCount, type WriteSummary } from "../contacts/store.ts";
import { findTallies } from "../connections/store.ts";
import type { Pool } from "../db/pool.ts";
import { countWaitingEvents, listLatestEvents, type EventSummary } from "../events/store.ts";
import type { RateBudget } from "../intercom/budget.ts";
import { parseStored } from "../lib/json.ts";
import { kept } from "../lib/kept.ts";
import { measureQueue } from "../queue/sync-jobs.ts";
import type { Flow } from "./flow.ts";
import { leftOutHint } from "./left-out.ts";

export type PulseInputs = {
  readonly pool: Pool;
  readonly account: string;
  readonly flow: Flow;
  readonly budget: RateBudget;
  readonly nowMs: () => number;
  readonly connections: () => Promise<Pulse["connections"]>;
  readonly pauses: () => Pulse["pauses"];
  readonly sandboxUrl: string | null;
  readonly backfill: () => Pulse["backfill"];
  /** The address of a contact in Intercom's own pages. */
  readonly contactUrl: (contactId: string) => string | null;
};

const lastEventsShown = 25;
const lastWritesShown = 15;

/** Counting customers goes through all of them, so it is done less often than the page asks. */
const countsKeptMs = 5_000;

/** Answers the page's data whenever it is asked; a handful of indexed queries. */
export function pulseReader(inputs: PulseInputs): () => Promise<Pulse> {
  const { pool, account, nowMs } = inputs;
  const counts = kept(countsKeptMs, nowMs, async () => {
    const [customers, identities] = await Promise.all([countCustomers(pool, account), countIdentities(pool, account)]);
    return { customers, identities };
  });
  return () => readPulse(inputs, counts);
}

type Counts = { readonly customers: number; readonly identities: readonly IdentityCount[] };

async function readPulse(inputs: PulseInputs, counts: () => Promise<Counts>): Promise<Pulse> {
  const { pool, account, flow, budget, nowMs } = inputs;
  const [events, writes, { customers, identities }, queue, waiting, tallies, connections] = await Promise.all([
    listLatestEvents(pool, account, lastEventsShown),
    listLatestWrites(pool, account, lastWritesShown),
    counts(),
    measureQueue(pool),
    countWaitingEvents(pool, account),
    findTallies(pool),
    inputs.connections(),
  ]);
  const ids = [...events, ...writes].map(({ customer_id: id }) => id).filter((id) => id !== null);
  const labels = await listCustomerLabels(pool, account, [...new Set(ids)]);
  const unsaved = flow.unsaved();
  const total = (name: keyof typeof unsaved): number => (tallies[name] ?? 0) + unsaved[name];
  const { urgent, calm, backfill, dead, backlogAgeMs } = queue;
  return {
    now: new Date(nowMs()).toISOString(),
    sandbox: inputs.sandboxUrl === null ? null : { controlUrl: inputs.sandboxUrl },
    connections,
    pauses: inputs.pauses(),
    seconds: [...flow.seconds()],
    totals: {
      events: total("events"),
      skipped: total("skipped"),
      writes: total("writes"),
      callsSaved: Math.max(0, total("changes") - total("eventWrites")),
      customers,
      linked: identities.filter(({ state }) => state === "linked").reduce((sum, { count }) => sum + count, 0),
      leftOut: leftOut(identities),
    },
    lag: { ...flow.lag(), backlogAgeMs },
    queue: { urgent, calm, backfill, dead: dead + waiting.dead, eventsWaiting: waiting.waiting },
    budget: budget.snapshot(),
    backfill: inputs.backfill(),
    lastEvents: events.map((event) => toEvent(event, labels)),
    lastWrites: writes.map((write) => toWrite(write, labels, inputs.contactUrl)),
  };
}

function leftOut(identities: readonly IdentityCount[]): Pulse["totals"]["leftOut"] {
  return identities
    .filter(({ state }) => state !== "linked")
    .map(({ state, reason, count }) => ({ reason: reason ?? state, count, hint: leftOutHint(reason) }))
    .toSorted((a, b) => b.count - a.count);
}

function toEvent(event: EventSummary, labels: ReadonlyMap<string, string>): PulseEvent {
  return {
    id: event.id,
    type: event.type,
    receivedAt: event.received_at.toISOString(),
    customerId: event.customer_id,
    customerLabel: labels.get(event.customer_id ?? "") ?? null,
    state: eventState(event.state),
    changes: toChanges(event.changes),
  };
}

const eventStates = ["applied", "unchanged", "waiting", "skipped", "dead"] as const;

function eventState(text: string): PulseEvent["state"] {
  return eventStates.find((state) => state === text) ?? "unchanged";
}

function toWrite(
  write: WriteSummary,
  labels: ReadonlyMap<string, string>,
  contactUrl: PulseInputs["contactUrl"],
): PulseWrite {
  return {
    id: String(write.id),
    at: write.at.toISOString(),
    customerId: write.customer_id,
    customerLabel: labels.get(write.customer_id) ?? null,
    contactId: write.contact_id,
    contactUrl: contactUrl(write.contact_id),
    kind: write.kind,
    lane: write.lane,
    changes: toChanges(write.changes),
    lagMs: write.lag_ms,
  };
}

function toChanges(stored: string | null): PulseChange[] {
  if (stored === null) return [];
  const changes = parseStored<readonly (readonly [string, unknown, unknown])[]>(stored);
  return changes.map(([field, before, after]) => ({ field, before: shown(before), after: shown(after) }));
}

function shown(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}
