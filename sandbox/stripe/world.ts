/** What every part of the local Stripe works with: time, ids, tables, events, and how to change a row. */
import type { Kernel } from "../kernel/types.ts";
import type { Agenda } from "./agenda.ts";
import { previousAttributes } from "./diff.ts";
import { Events } from "./events.ts";
import { openTables } from "./tables.ts";
import type { Tables } from "./tables.ts";
import type { Row, Table } from "./table.ts";

/** What a real account sets in its Dashboard. */
export type StripeSettings = {
  /** Days between the automatic attempts on a failed card payment. */
  cardRetryDays: readonly number[];
  /** What becomes of a subscription when the attempts are used up. */
  afterRetries: "cancel" | "unpaid" | "past_due";
  /** How long a renewal's invoice stays a draft. */
  draftSeconds: number;
  /** Over how much real time the events of a purchase are spread. */
  burstSpreadMs: number;
  webhookRetryDelaysMs: readonly number[];
};

export const DEFAULT_SETTINGS: StripeSettings = {
  cardRetryDays: [3, 5, 7],
  afterRetries: "cancel",
  draftSeconds: 3600,
  burstSpreadMs: 1500,
  webhookRetryDelaysMs: [500, 2000, 10_000, 30_000, 60_000],
};

export class World {
  readonly kernel: Kernel;
  readonly tables: Tables;
  readonly agenda: Agenda;
  readonly events: Events;
  readonly settings: StripeSettings;
  /** Where the pages lie that Stripe shows to customers; ours once the sandbox listens. */
  pagesUrl = "https://billing.stripe.com";
  /** Set while the past is made up: everything is then dated by it. */
  #pretended: number | undefined;

  constructor(kernel: Kernel, settings: StripeSettings) {
    this.kernel = kernel;
    this.settings = settings;
    this.tables = openTables(kernel.store);
    this.agenda = this.tables.agenda;
    this.events = new Events({
      kernel,
      table: this.tables.events,
      endpoints: this.tables.webhookEndpoints,
      retryDelaysMs: settings.webhookRetryDelaysMs,
      burstSpreadMs: () => settings.burstSpreadMs,
    });
  }

  /** Unix seconds of the sandbox's clock. */
  now(): number {
    return this.#pretended ?? this.kernel.clock.nowS();
  }

  /** Runs something as if it were this moment, without telling anybody: for the company's history. */
  inThePast<T>(moment: number, run: () => T): T {
    const before = this.#pretended;
    this.#pretended = moment;
    try {
      return this.events.silently(run);
    } finally {
      this.#pretended = before;
    }
  }

  /** A new id in Stripe's style. */
  id(prefix: string): string {
    return `${prefix}_1${this.kernel.random.token(23)}`;
  }

  /** Adds an object and tells of it, if its kind has an event for that. */
  create<T extends Row>(table: Table<T>, row: T, eventType?: string): T {
    table.put(row);
    if (eventType !== undefined) this.events.emit(eventType, row);
    return row;
  }

  /** Changes some fields of an object; tells of it with what changed, or not at all when nothing did. */
  update<T extends Row>(table: Table<T>, row: T, patch: Partial<T>, eventType?: string): T {
    return this.replace(table, row, { next: Object.assign({ ...row }, patch), eventType });
  }

  /** The same with the whole new object, where a field may also disappear. */
  replace<T extends Row>(
    table: Table<T>,
    row: T,
    change: { readonly next: T; readonly eventType?: string | undefined },
  ): T {
    if (this.events.silent) return table.put(change.next);
    const previous = previousAttributes(row, change.next);
    if (previous === undefined) return row;
    table.put(change.next);
    if (change.eventType !== undefined) this.events.emit(change.eventType, change.next, previous);
    return change.next;
  }
}
