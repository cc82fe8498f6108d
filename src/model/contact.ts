/** The contact: the person in Intercom, and what can be asked of it. */

/** What a custom attribute can hold; dates are unix seconds. */
export type AttributeValue = string | number | boolean | null;

export type CustomAttributes = Readonly<Record<string, AttributeValue>>;

/** A contact as last read from Intercom. */
export type Contact = {
  readonly id: string;
  readonly role: "user" | "lead";
  /** The business's own id of this person; only users have one that means anything. */
  readonly externalId: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly name: string | null;
  readonly customAttributes: CustomAttributes;
};

/** The partial update that is sent: only what is named changes, null clears. */
export type ContactPatch = {
  readonly role?: "user" | "lead";
  readonly externalId?: string;
  readonly email?: string;
  readonly phone?: string | null;
  readonly name?: string | null;
  readonly signedUpAtS?: number | null;
  readonly customAttributes?: CustomAttributes;
};

/** A contact to create: Intercom wants an e-mail, an external id or a role. */
export type ContactDraft = ContactPatch &
  ({ readonly email: string } | { readonly externalId: string } | { readonly role: "user" | "lead" });
