/** What all people of a simulation share: the catalogue, and what profiles rest on beside copies. */
import type { PersonOptions } from "../../billing/person.ts";
import type { ObjectCopy } from "../../model/stripe-object.ts";

/** Products, prices and coupons as they are now: what they were called and cost before is not recorded. */
export type KnownCatalogue = { readonly find: (account: string, id: string) => ObjectCopy | undefined };

export type SimulationGround = {
  readonly catalogue: KnownCatalogue;
  readonly options: PersonOptions;
  /** Accounts in live mode. */
  readonly liveAccounts: ReadonlySet<string>;
};
