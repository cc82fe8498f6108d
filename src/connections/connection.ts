/** Station connections: the Stripe account and the Intercom workspace that are joined. */

export type Vendor = "stripe" | "intercom";

/** Secrets by name, e.g. apiKey; never logged, stored encrypted. */
export type Credentials = Readonly<Record<string, string>>;

export type Connection = {
  readonly vendor: Vendor;
  /** acct_… or the workspace id; null when the key may not read it. */
  readonly accountId: string | null;
  /** For people: name and mode or region. */
  readonly label: string;
  readonly livemode: boolean | null;
  /** Facts found at setup. */
  readonly details: Readonly<Record<string, unknown>>;
};

/** The account that `/webhooks/stripe` belongs to. */
export const mainAccount = "main";
