/** The mapping: what Intercom shall show of billing, as a document that people keep in git or edit on the page. */
import { z } from "zod";

export const attributeTypes = ["string", "integer", "float", "boolean", "date"] as const;

/** Intercom: an attribute of a contact or company has a name of at most 190 characters; ours stay readable. */
const attributeName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_ -]{0,79}$/, "a letter first, then letters, digits, _ - or blanks; at most 80 in all");
const sentence = z.string().trim().min(1).max(255);
/** Stripe: a metadata key has at most 40 characters. */
const metadataKey = z.string().min(1).max(40);

/**
 * exact: as it is · round: to the nearest multiple of this many units · bands: only between which two of these limits it
 * lies, such as `500–1000 EUR`; the attribute is then text.
 */
export const precision = z.union([
  z.literal("exact"),
  z.strictObject({ round: z.number().positive() }),
  z.strictObject({ bands: z.array(z.number()).min(1).max(50) }),
]);

/** plain: as it is · upper, lower: text in capital or small letters · money: `29.00 EUR` · date: `2026-11-30` as text. */
export const formats = ["plain", "upper", "lower", "money", "date"] as const;

/** One attribute. Exactly one of `field`, `metadata` and `cel` says where its value comes from. */
export const mappedAttribute = z
  .strictObject({
    name: attributeName,
    /** A field of the profile, by its name in docs/reference/profile.md. */
    field: z.string().min(1).max(80).optional(),
    /** A key of the Stripe customer's metadata. */
    metadata: metadataKey.optional(),
    /** An expression over the profile. */
    cel: z.string().trim().min(1).max(2_000).optional(),
    /** Left out, the field's own; metadata and expressions must say it. */
    type: z.enum(attributeTypes).optional(),
    format: z.enum(formats).default("plain"),
    /** How money and dates are written as text. */
    locale: z.enum(["en", "de"]).default("en"),
    /** Why the business needs it in Intercom, for whoever judges what personal data it holds. */
    purpose: sentence,
    /** Shown to teammates in Intercom. */
    description: sentence.optional(),
    /** urgent: any change of it leaves at once · normal: status and payment failures leave at once, the rest after a moment. */
    lane: z.enum(["normal", "urgent"]).default("normal"),
    /** dunlin: what others write there is put right by the nightly comparison · shared: it stays until billing changes. */
    ownership: z.enum(["dunlin", "shared"]).default("dunlin"),
    on: z.boolean().default(true),
    precision: precision.default("exact"),
  })
  .refine(({ field, metadata, cel }) => [field, metadata, cel].filter((source) => source !== undefined).length === 1, {
    error: "exactly one of field, metadata and cel says where the value comes from",
  });

/** Intercom companies, from customers who share a key. Off unless it is switched on. */
export const mappedCompanies = z.strictObject({
  on: z.boolean().default(false),
  /** Which customers are one company: by a metadata key, each customer by itself, or by the domain of the e-mail. */
  key: z.union([z.literal("customer"), z.literal("email_domain"), z.strictObject({ metadata: metadataKey })]),
  /** With `email_domain`: further domains that say nothing about a company, beside the known providers of free mail. */
  excludeDomains: z.array(z.string().min(3).max(253)).max(500).default([]),
  /** What the company is called: the customer's name in Stripe, the key itself, or a metadata key. */
  name: z
    .union([z.literal("customer_name"), z.literal("key"), z.strictObject({ metadata: metadataKey })])
    .default("customer_name"),
  /** Fills Intercom's own field “plan”. */
  plan: z.boolean().default(true),
  /** Fills Intercom's own field “monthly spend”, in whole units of this currency; unknown when MRR is in another. */
  monthlySpend: z
    .strictObject({ currency: z.string().regex(/^[a-z]{3}$/, "three small letters, such as eur") })
    .optional(),
  attributes: z.array(mappedAttribute).max(250).default([]),
});

/** One moment that becomes a data event in Intercom. */
export const mappedEvent = z.strictObject({
  on: z.boolean().default(false),
  /** The event's name in Intercom; left out, the moment's own with the prefix. */
  name: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9_ -]{0,79}$/, "letters, digits, _ - or blanks; at most 80")
    .optional(),
  /** Which of the moment's facts go along; left out, all of them. Intercom takes 10. */
  metadata: z.array(z.string()).max(10).optional(),
});

export const usageRules = z.strictObject({
  /** The key of a product's metadata that states the limit; with `_<meter>` behind it, the limit of one meter. */
  limitKey: metadataKey.default("usage_limit"),
  /** Limits that this document states; they count before what products and tiers say. */
  limits: z
    .array(
      z.strictObject({
        meter: z.string().min(1).max(100),
        limit: z.number().positive(),
        /** Only for subscriptions to this product or price; left out, for all. */
        product: z.string().min(1).optional(),
        price: z.string().min(1).optional(),
      }),
    )
    .max(500)
    .default([]),
  /** Percentages at which something is made of it. */
  thresholds: z.array(z.number().positive().max(1_000)).min(1).max(10).default([80, 90, 100]),
});

export const mappingDocument = z.strictObject({
  /** Of the format; not of the content. */
  version: z.literal(1),
  /** Which subscription speaks for a customer: in the best standing, of equals the newest; the newest; or what brings in most. */
  primarySubscription: z.enum(["best_standing", "newest", "highest_mrr"]).default("best_standing"),
  /** Where a plan's name is looked for, in this order. */
  planName: z
    .array(z.enum(["product", "nickname", "lookupKey", "priceId"]))
    .min(1)
    .default(["product", "nickname", "lookupKey", "priceId"]),
  /** Which of the customer's metadata expressions may see, beside the keys that attributes name; left out, all of it. */
  metadataKeys: z.array(metadataKey).max(50).optional(),
  attributes: z.array(mappedAttribute).max(500),
  /** Names that were mapped before: their values are taken out of all contacts and companies, and the attributes archived. */
  retired: z.array(attributeName).max(250).default([]),
  companies: mappedCompanies.optional(),
  /** By the moment's name. */
  events: z.record(z.string(), mappedEvent).default({}),
  usage: usageRules.default({ limitKey: "usage_limit", limits: [], thresholds: [80, 90, 100] }),
});

export type MappedAttribute = z.infer<typeof mappedAttribute>;
export type MappedCompanies = z.infer<typeof mappedCompanies>;
export type MappedEvent = z.infer<typeof mappedEvent>;
export type UsageRules = z.infer<typeof usageRules>;
export type Precision = z.infer<typeof precision>;
export type MappingDocument = z.infer<typeof mappingDocument>;

/** What is wrong with a document, and where. */
export type DocumentProblem = {
  /** Stable; problems of rules have one (rule-problem.ts). */
  readonly code?: string;
  /** Such as `attributes[3].cel`. */
  readonly path: string;
  readonly problem: string;
  /** error: it cannot be saved · warning: somebody should look at it. */
  readonly severity: "error" | "warning";
};

const value = z.union([z.string(), z.number(), z.boolean()]).nullable();

/** `PUT /api/mapping`. */
export const mappingOrder = z.strictObject({
  document: z.unknown(),
  /** The version that its author saw; 0 while none is saved. */
  basedOn: z.number().int().min(0),
  note: z.string().trim().max(500).optional(),
});

/** `POST /api/mapping/check`, and, with a customer, `POST /api/mapping/preview`; without a document, the one in force. */
export const mappingTrial = z.strictObject({ document: z.unknown().optional() });
export const mappingPreviewOrder = z.strictObject({
  document: z.unknown().optional(),
  customer: z.string().trim().min(1).max(255),
  account: z.string().trim().min(1).max(64).optional(),
});

/** `POST /api/mapping/diff`: what saving a document would change. */
export const mappingDiffOrder = z.strictObject({
  document: z.unknown(),
  /** Contacts to look at, at most. */
  contacts: z.number().int().min(1).max(5_000).default(1_000),
});

/** A field that attributes can be made of. */
export const mappingField = z.object({
  field: z.string(),
  type: z.enum(attributeTypes),
  help: z.string(),
  rule: z.string(),
  purpose: z.string(),
  /** An amount, which can be written as money. */
  isAmount: z.boolean(),
});

export const mappingRollout = z.object({
  version: z.number(),
  phase: z.enum(["preparing", "looking", "writing", "retiring", "done", "superseded"]),
  contacts: z.number(),
  looked: z.number(),
  /** Contacts that show something else than the mapping asks for. */
  affected: z.number(),
  /** Of them, those that wait to be written. */
  waiting: z.number(),
  createdAt: z.iso.datetime(),
  doneAt: z.iso.datetime().nullable(),
});

export const mappingVersion = z.object({
  version: z.number(),
  savedAt: z.iso.datetime(),
  savedBy: z.string(),
  note: z.string().nullable(),
});

/** `GET /api/mapping/versions/<version>`. */
export const mappingSaved = mappingVersion.extend({ document: mappingDocument });

/** `GET /api/mapping`. */
export const mappingBoard = z.object({
  /** `stripe@2` for a preset, `mapping@7` for a saved version. */
  name: z.string(),
  /** 0 while none is saved. */
  version: z.number(),
  document: mappingDocument,
  fields: z.array(mappingField),
  rollout: mappingRollout.nullable(),
  versions: z.array(mappingVersion),
});

export const mappingPreviewLine = z.object({
  name: z.string(),
  type: z.enum(attributeTypes),
  purpose: z.string(),
  /** What Intercom shows, as far as is known. */
  shown: value,
  desired: value,
  whyEmpty: z.string().nullable(),
});

export const mappingPreview = z.object({
  customer: z.object({ account: z.string(), customerId: z.string(), label: z.string().nullable() }),
  contactId: z.string().nullable(),
  lines: z.array(mappingPreviewLine),
});

export const mappingDiffLine = z.object({
  name: z.string(),
  contacts: z.number(),
  examples: z.array(z.object({ customerId: z.string(), before: value, after: value })),
});

export const mappingDiff = z.object({
  /** Contacts in all, and how many of them were looked at. */
  contacts: z.number(),
  looked: z.number(),
  affected: z.number(),
  lines: z.array(mappingDiffLine),
  /** Names that Intercom does not have yet. */
  added: z.array(z.string()),
  /** Names that would be taken out of all contacts and archived. */
  retired: z.array(z.string()),
});

export type MappingSaved = z.infer<typeof mappingSaved>;
export type MappingBoard = z.infer<typeof mappingBoard>;
export type MappingField = z.infer<typeof mappingField>;
export type MappingRollout = z.infer<typeof mappingRollout>;
export type MappingPreview = z.infer<typeof mappingPreview>;
export type MappingDiff = z.infer<typeof mappingDiff>;
export type MappingDiffLine = z.infer<typeof mappingDiffLine>;
