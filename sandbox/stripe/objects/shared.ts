/** Shapes that several Stripe objects share. */

export const API_VERSION = "2026-10-28.endive";
export const ACCOUNT_ID = "acct_1SandboxDunlin";

export type Metadata = Readonly<Record<string, string>>;

export type Address = {
  readonly city: string | null;
  readonly country: string | null;
  readonly line1: string | null;
  readonly line2: string | null;
  readonly postal_code: string | null;
  readonly state: string | null;
};

export type BillingDetails = {
  readonly address: Address;
  readonly email: string | null;
  readonly name: string | null;
  readonly phone: string | null;
  readonly tax_id: string | null;
};

export type List<T> = {
  readonly object: "list";
  readonly data: readonly T[];
  readonly has_more: boolean;
  readonly url: string;
  readonly total_count?: number;
};

/** What is left of an object after its deletion. */
export type Deleted = { readonly id: string; readonly object: string; readonly deleted: true };

export const NO_ADDRESS: Address = {
  city: null,
  country: null,
  line1: null,
  line2: null,
  postal_code: null,
  state: null,
};
export const NO_METADATA: Metadata = {};
export const NO_AUTOMATIC_TAX = {
  disabled_reason: null,
  enabled: false,
  liability: null,
  provider: null,
  status: null,
} as const;
export const ISSUER_SELF = { type: "self" } as const;

/** A complete list that needs no paging. */
export function listOf<T>(data: readonly T[], url: string): List<T> {
  return { object: "list", data, has_more: false, url };
}

/**
 * A blank to copy new objects from. Taking it through JSON gives it a shape that the engine keeps compact; objects put
 * together by spreading many fields take ten times the room and time, which matters with 10,000 customers.
 */
export function blank<T>(fields: T): T {
  return JSON.parse(JSON.stringify(fields));
}
