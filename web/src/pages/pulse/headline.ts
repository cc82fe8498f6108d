/** What the Pulse page says first: the one state that matters most right now. */
import type { Pulse } from "../../../../contract/pulse.ts";

export type Vendor = Pulse["connections"][number]["vendor"];

/** The state of the whole, most pressing first. */
export type Headline =
  | { readonly kind: "unconnected" }
  | { readonly kind: "paused"; readonly vendors: readonly Vendor[]; readonly waiting: number }
  /** Not a vendor but a part of the work: a lane, or taking in events. */
  | { readonly kind: "partlyPaused"; readonly waiting: number }
  | { readonly kind: "connecting"; readonly vendors: readonly Vendor[] }
  | { readonly kind: "catchingUp"; readonly waiting: number; readonly oldestMs: number }
  | { readonly kind: "flowing"; readonly events: number; readonly writes: number }
  | { readonly kind: "empty" }
  | { readonly kind: "quiet" };

/** A wait that a person would notice; the calm lane's settle time is far below it. */
const behindMs = 15_000;

/** Reads the headline from the data of the page. */
export function readHeadline(pulse: Pulse): Headline {
  const { connections, lag } = pulse;
  const paused = vendorsIn(connections, "paused");
  const connecting = vendorsIn(connections, "connecting");
  const waiting = waitingCustomers(pulse);
  const { events, writes } = flowTotals(pulse);
  if (connections.length === 0) return { kind: "unconnected" };
  if (paused.length > 0) return { kind: "paused", vendors: paused, waiting };
  if (connecting.length > 0) return { kind: "connecting", vendors: connecting };
  if (pulse.pauses.length > 0) return { kind: "partlyPaused", waiting };
  if (waiting > 0 && (lag.backlogAgeMs > behindMs || events === 0)) {
    return { kind: "catchingUp", waiting, oldestMs: lag.backlogAgeMs };
  }
  if (events + writes > 0) return { kind: "flowing", events, writes };
  return { kind: pulse.totals.events === 0 ? "empty" : "quiet" };
}

/** Customers whose contact is not yet up to date, over all lanes. */
export function waitingCustomers({ queue }: Pulse): number {
  return queue.urgent + queue.calm + queue.backfill;
}

/** Events and writes of the last two minutes. */
export function flowTotals({ seconds }: Pulse): { readonly events: number; readonly writes: number } {
  return {
    events: seconds.reduce((sum, second) => sum + second.events, 0),
    writes: seconds.reduce((sum, second) => sum + second.writes, 0),
  };
}

function vendorsIn(connections: Pulse["connections"], state: Pulse["connections"][number]["state"]): readonly Vendor[] {
  return connections.filter((connection) => connection.state === state).map(({ vendor }) => vendor);
}
