/** What a run of reconcile is given from outside. */
import type { CompanyRules } from "../../companies/rules.ts";
import type { Contexts } from "../../pipeline/context.ts";
import type { ProductCache } from "../../pipeline/load-customer.ts";
import type { Doors } from "../until-open.ts";
import type { RunInHand } from "./run-in-hand.ts";

/** The doors: a pause of a vendor makes the run wait. */
export type ReconcileParts = Doors & {
  readonly contexts: Contexts;
  readonly products: ProductCache;
  /** Whether an account's history is loaded: before that everything would seem to be missing. */
  readonly isLoaded: (account: string) => Promise<boolean>;
  /** What is in force; null while companies are off. */
  readonly companies?: () => CompanyRules | null;
  /** Customers or companies were queued: the workers have something to do. */
  readonly onQueued: () => void;
  readonly onProgress?: (run: RunInHand) => void;
};
