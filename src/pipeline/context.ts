/** What the stages share: one connection's stores, vendors and choices, put together in app.ts. */
import type { CreateMode } from "../contacts/identity.ts";
import type { Pool } from "../db/pool.ts";
import type { IntercomClient } from "../intercom/client.ts";
import type { Preset } from "../mapping/preset.ts";
import type { StripeClient } from "../stripe/client.ts";
import type { SingleFlight } from "../lib/single-flight.ts";
import type { ObjectCopy } from "../model/stripe-object.ts";
import type { ContactClaims } from "./contact-claims.ts";

export type Log = {
  debug(o: object, m: string): void;
  info(o: object, m: string): void;
  warn(o: object, m: string): void;
  error(o: object, m: string): void;
};

export type SyncContext = {
  readonly account: string;
  /** Commits wait for the disk. */
  readonly pool: Pool;
  /** Commits do not wait: for leases and for what Intercom accepted, which may be written twice without harm. */
  readonly records: Pool;
  readonly stripe: StripeClient;
  readonly intercom: IntercomClient;
  readonly preset: Preset;
  readonly claims: ContactClaims;
  /** Reads of single objects that are under way. */
  readonly reads: SingleFlight<ObjectCopy>;
  readonly createMode: CreateMode;
  readonly userIdKeys: readonly string[];
  readonly nowMs: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** Makes the attributes that the mapping needs, again if somebody removed one. */
  readonly provision: () => Promise<void>;
  readonly log: Log;
};
