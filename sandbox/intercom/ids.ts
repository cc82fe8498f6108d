/** New identifiers: counters for most things, 24 hex digits beginning with the time for people and companies. */
import type { Collection, Kernel } from "../kernel/types.ts";

export type Ids = {
  /** The next number of a series, as text. It goes on counting after a restart. */
  next(series: Series): string;
  /** 24 hex digits that no item of the collection has. */
  hexFor(taken: Pick<Collection<{ readonly id: string }>, "get">): string;
};

/** Where each series begins; the numbers only make ids of different things look different. */
const beginnings = {
  admin: 991_267_459,
  team: 5001,
  contact_position: 1,
  attribute: 34,
  tag: 102,
  note: 26,
  message: 403_918_320,
  conversation: 471,
  part: 129,
  conversation_attribute: 3,
  ticket: 626,
  ticket_number: 33,
  ticket_type: 7001,
  ticket_type_attribute: 165,
  ticket_state: 8269,
  data_connector: 125,
  subscription_type: 91,
} as const;

export type Series = keyof typeof beginnings;

type Counter = { readonly id: string; readonly next: number };

/** Counters live in the store, so that a restarted sandbox does not hand out an id twice. */
export function createIds(kernel: Kernel): Ids {
  const counters = kernel.store.collection<Counter>("intercom_counters");
  return {
    next(series) {
      const number = counters.get(series)?.next ?? beginnings[series];
      counters.put({ id: series, next: number + 1 });
      return String(number);
    },
    hexFor(taken) {
      const time = kernel.clock.nowS().toString(16).padStart(8, "0").slice(-8);
      for (;;) {
        const id = time + kernel.random.hex(16);
        // Seeded randomness repeats itself after a restart, while the store remembers.
        if (taken.get(id) === undefined) return id;
      }
    },
  };
}
