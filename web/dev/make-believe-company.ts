/** A company whose billing happens by itself: invents events and the writes that follow from them. */
import type { Pulse, PulseEvent, PulseWrite } from "../../contract/pulse.ts";
import { customers, plots, type Plot } from "./plots.ts";

const windowS = 120;
const rowsKept = 20;

/** Holds the last events and writes; each look at it first lets the time since the last one happen. */
export class MakeBelieveCompany {
  #second: number;
  #count = 48_211;
  #writeCount = 9_364;
  #seconds: Pulse["seconds"] = [];
  #events: PulseEvent[] = [];
  #writes: PulseWrite[] = [];

  constructor(nowMs: number) {
    this.#second = Math.floor(nowMs / 1_000) - windowS - 1;
  }

  /** The pulse at this moment. */
  pulseAt(nowMs: number): Pulse {
    const current = Math.floor(nowMs / 1_000);
    this.#second = Math.max(this.#second, current - windowS - 1);
    while (this.#second < current) this.#live(++this.#second);
    const inSlice = Math.floor((nowMs % 10_000) / 1_000);
    return {
      now: new Date(nowMs).toISOString(),
      sandbox: { controlUrl: "http://127.0.0.1:4300/" },
      pauses: [],
      connections: [
        { vendor: "stripe", label: "Wattwerk GmbH · test mode", state: "active", reason: null, detail: "webhook" },
        { vendor: "intercom", label: "Wattwerk · EU", state: "active", reason: null, detail: null },
      ],
      seconds: this.#seconds,
      totals: {
        events: this.#count,
        skipped: 1_902,
        writes: this.#writeCount,
        callsSaved: Math.round(this.#count * 0.71),
        customers: 1_284,
        linked: 1_231,
        leftOut: [
          { reason: "no_address", count: 12, hint: "Add an e-mail address to the customer in Stripe." },
          { reason: "email_ambiguous", count: 5, hint: "Merge the contacts in Intercom, or choose one of them." },
          { reason: "no_user_id", count: 36, hint: "Switch on the creation of contacts to write them too." },
        ],
      },
      lag: { p50Ms: 38, p99Ms: 412, backlogAgeMs: 640 },
      queue: { urgent: 0, calm: 3, backfill: 0, dead: 0, eventsWaiting: 0 },
      budget: { limit: 166, used: 4 + inSlice * 6, resetsInMs: 10_000 - (nowMs % 10_000) },
      backfill: { state: "done", resource: "customers", done: 1_284 },
      lastEvents: this.#events,
      lastWrites: this.#writes,
    };
  }

  #live(second: number): void {
    const swell = 2.2 + 1.6 * Math.sin(second / 17) + 1.1 * Math.sin(second / 5.3);
    const burst = second % 41 < 3 ? 7 : 0;
    const events = Math.max(0, Math.round(swell + burst + (Math.random() - 0.5) * 3));
    const writes = Math.round(events * (0.24 + Math.random() * 0.2));
    this.#seconds = [...this.#seconds, { at: second, events, writes }].slice(-windowS);
    this.#count += events;
    this.#writeCount += writes;
    if (second % 2 === 0 && events > 0) this.#play(pick(plots), second * 1_000);
  }

  #play(plot: Plot, atMs: number): void {
    const customer = pick(customers);
    const id = `${atMs}`;
    const at = new Date(atMs).toISOString();
    this.#events = [
      {
        id: `evt_${id}`,
        type: plot.type,
        receivedAt: at,
        customerId: plot.type.startsWith("product") ? null : customer.id,
        customerLabel: plot.type.startsWith("product") ? null : customer.label,
        state: plot.state,
        changes: [...plot.changes],
      },
      ...this.#events,
    ].slice(0, rowsKept);
    if (plot.writes.length === 0) return;
    this.#writes = [
      {
        id: `w_${id}`,
        at,
        customerId: customer.id,
        customerLabel: customer.label,
        contactId: `c_${customer.id}`,
        contactUrl: `https://app.intercom.com/a/apps/make-believe/users/${customer.id}`,
        kind: plot.type === "customer.created" ? "create" : "update",
        lane: plot.lane,
        changes: [...plot.writes],
        lagMs: plot.lane === "urgent" ? 24 + Math.round(Math.random() * 60) : 900 + Math.round(Math.random() * 700),
      } satisfies PulseWrite,
      ...this.#writes,
    ].slice(0, rowsKept);
  }
}

function pick<T>(from: readonly [T, ...T[]]): T {
  return from[Math.floor(Math.random() * from.length)] ?? from[0];
}
