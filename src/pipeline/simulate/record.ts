/** What is recorded of one person: their customers, our copies of their objects, and what was heard of them. */
import type { CustomerKey } from "../../model/customer-key.ts";
import type { ObjectCopy } from "../../model/stripe-object.ts";
import type { KeptCrossing } from "../../model/usage.ts";
import type { ContactSignal } from "../../signals/signal.ts";

/** A stored event. `heardS` is when Dunlin received it, or its own time when it was fetched long after. */
export type RecordedEvent = {
  readonly account: string;
  readonly id: string;
  readonly type: string;
  readonly createdS: number;
  readonly heardS: number;
  readonly objectId: string | null;
  readonly customerId: string;
  readonly body: string;
};

export type PersonRecord = {
  readonly leader: CustomerKey;
  /** All customers of the person, the leader among them. */
  readonly customers: readonly CustomerKey[];
  /** The newest copies. */
  readonly copies: readonly AccountCopy[];
  /** In the order in which they were heard. */
  readonly events: readonly RecordedEvent[];
  /** In the order of time. */
  readonly signals: readonly ContactSignal[];
  readonly crossings: readonly (KeptCrossing & { readonly account: string })[];
};

export type AccountCopy = { readonly account: string; readonly copy: ObjectCopy };
