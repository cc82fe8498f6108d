/** Customers without a contact, whom they could be, and what a person decides about them. */
import { z } from "zod";

export const identityStates = ["linked", "left_out", "quarantined", "archived", "gone", "ignored"] as const;

export const proposal = z.object({
  contactId: z.string(),
  role: z.enum(["user", "lead"]).nullable(),
  externalId: z.string().nullable(),
  name: z.string().nullable(),
  /** The contact in Intercom's own pages. */
  url: z.string().nullable(),
});

export const identityEntry = z.object({
  account: z.string(),
  customerId: z.string(),
  /** Name, or else e-mail, as Stripe has it. */
  label: z.string().nullable(),
  state: z.enum(identityStates),
  reason: z.string().nullable(),
  /** Why, and what to do about it. */
  hint: z.string(),
  contactId: z.string().nullable(),
  matchedBy: z.string().nullable(),
  /** Whom this customer follows, when the person has several. */
  leader: z.object({ account: z.string(), customerId: z.string() }).nullable(),
  proposals: z.array(proposal),
  /** What a person decided and is not done yet. */
  decision: z.enum(["link", "ignore"]).nullable(),
});
export type IdentityEntry = z.infer<typeof identityEntry>;

export const identityQuery = z.object({
  /** Without one, everybody who waits for a person: quarantined, archived, gone. */
  state: z.enum([...identityStates, "all"]).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(100),
  /** `account customer` of the last entry of the page before. */
  after: z.string().optional(),
});

export const identityPage = z.object({ entries: z.array(identityEntry), next: z.string().nullable() });
export type IdentityPage = z.infer<typeof identityPage>;

export const identityDecision = z.discriminatedUnion("decision", [
  z.object({
    decision: z.literal("link"),
    contactId: z.string().regex(/^[0-9a-f]{24}$/, "must be a contact id of Intercom, 24 hexadecimal digits"),
  }),
  z.object({ decision: z.literal("ignore") }),
  z.object({ decision: z.literal("none") }),
]);
export type IdentityDecision = z.infer<typeof identityDecision>;
