/** What the stages share: one Stripe account's stores, vendors and choices, put together in app.ts. */
import type { ArchivedPolicy, CreateMode, GroupMode } from "../contacts/identity.ts";
import { mainAccount } from "../connections/connection.ts";
import type { Pool } from "../db/pool.ts";
import type { IntercomClient } from "../intercom/client.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { StripeClient } from "../stripe/client.ts";
import type { SingleFlight } from "../lib/single-flight.ts";
import { AppError } from "../model/error.ts";
import type { Reporting } from "../model/rates.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import type { RulesAtWork } from "./rules-now.ts";

export type Log = {
  debug(o: object, m: string): void;
  info(o: object, m: string): void;
  warn(o: object, m: string): void;
  error(o: object, m: string): void;
};

/** How customers and contacts are brought together. */
export type IdentityPolicy = {
  /** Who gets a contact made. */
  readonly createMode: CreateMode;
  /** What makes two customers one person. */
  readonly groupMode: GroupMode;
  /** What is done when the contact is archived. */
  readonly archived: ArchivedPolicy;
  /** Keys of the customer's metadata that may hold the business's own user id. */
  readonly userIdKeys: readonly string[];
};

export type SyncContext = {
  /** The Stripe account that this context is about. */
  readonly account: string;
  /** Commits wait for the disk. */
  readonly pool: Pool;
  /** Commits do not wait: for leases and for what Intercom accepted, which may be written twice without harm. */
  readonly records: Pool;
  readonly stripe: StripeClient;
  readonly intercom: IntercomClient;
  /** What contacts are to show; it may change while work goes on. */
  readonly mapping: () => Mapping;
  /** Resolves when `mapping` is the one in force, also after this process has stood still; who only reads may do without. */
  readonly confirmMapping?: () => Promise<void>;
  /** The rules in force; none while nobody works by them. */
  readonly rules?: RulesAtWork | undefined;
  /** What reports are made in; none when the operator names no currency. */
  readonly reporting?: Reporting | undefined;
  /** Reads of single objects that are under way. */
  readonly reads: SingleFlight<ObjectCopy>;
  readonly policy: IdentityPolicy;
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Makes the attributes that the mapping needs, again if somebody removed one. */
  readonly provision: () => Promise<void>;
  readonly log: Log;
};

/** Rows name a Stripe account that is no longer connected. */
export class StripeAccountGone extends AppError {
  readonly code = "STRIPE_ACCOUNT_GONE";
  readonly kind = "permanent";
  constructor(account: string) {
    super(
      `The Stripe account “${account}” is not connected any more. Connect it again: dunlin connect stripe --account ${account}`,
    );
  }
}

/** The contexts of all connected Stripe accounts; they share the workspace and the database. */
export class Contexts {
  readonly all: readonly SyncContext[];
  readonly main: SyncContext;
  readonly #byAccount: ReadonlyMap<string, SyncContext>;

  constructor(all: readonly SyncContext[]) {
    const main = all.find(({ account }) => account === mainAccount);
    if (!main) throw new Error("The main account is always connected.");
    this.all = all;
    this.main = main;
    this.#byAccount = new Map(all.map((context) => [context.account, context]));
  }

  has(account: string): boolean {
    return this.#byAccount.has(account);
  }

  /** The context of an account. Throws StripeAccountGone. */
  of(account: string): SyncContext {
    const context = this.#byAccount.get(account);
    if (!context) throw new StripeAccountGone(account);
    return context;
  }
}
