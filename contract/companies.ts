/** Companies, as `/api/companies` answers them. */
import { z } from "zod";

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One company, as far as it is on record. */
export const companyEntry = z.object({
  /** The `company_id` that Intercom knows it by. */
  key: z.string(),
  /** waiting: none of its customers has a contact yet, so Intercom is told nothing · shown: it is in Intercom · gone: it was deleted there */
  state: z.enum(["waiting", "shown", "gone"]),
  intercomId: z.string().nullable(),
  /** The company in Intercom's own pages. */
  url: z.string().nullable(),
  name: z.string().nullable(),
  plan: z.string().nullable(),
  monthlySpend: z.number().nullable(),
  /** Stripe customers that count to it. */
  customers: z.number().int(),
  /** Contacts that are attached to it. */
  contacts: z.number().int(),
  /** It will be looked at shortly. */
  isDue: z.boolean(),
  /** It is not tried again by itself. */
  isDead: z.boolean(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  writtenAt: z.iso.datetime().nullable(),
});

export const companyPage = z.object({
  companies: z.array(companyEntry),
  /** The key after which the next page begins; null on the last one. */
  next: z.string().nullable(),
});

export const companyQuery = z.object({
  /** trouble: deleted in Intercom, or given up after failures */
  state: z.enum(["waiting", "shown", "gone", "trouble", "all"]).default("all"),
  after: z.string().default(""),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** One company with all that is on record of it. */
export const companyDetails = companyEntry.extend({
  /** Custom attributes of the mapping, as Intercom last accepted or showed them. */
  attributes: z.record(z.string(), value),
  /** What could not be said, and why. */
  unknowns: z.array(z.object({ field: z.string(), reason: z.string() })),
  /** Five hundred at most. */
  members: z.array(z.object({ account: z.string(), customerId: z.string(), contactId: z.string().nullable() })),
  /** ours: attached by Dunlin · found: it was attached already · refused: the contact has as many companies as Intercom allows · attaching: under way */
  links: z.array(z.object({ contactId: z.string(), state: z.enum(["attaching", "ours", "found", "refused"]) })),
  /** The latest, newest first. */
  writes: z.array(
    z.object({
      kind: z.enum(["create", "update", "attach", "detach"]),
      changes: z.array(z.object({ field: z.string(), before: value, after: value })),
      requestId: z.string().nullable(),
      at: z.iso.datetime(),
    }),
  ),
});

export type CompanyEntry = z.infer<typeof companyEntry>;
export type CompanyPage = z.infer<typeof companyPage>;
export type CompanyQuery = z.infer<typeof companyQuery>;
export type CompanyDetails = z.infer<typeof companyDetails>;
