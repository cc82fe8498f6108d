/** The plans that a business sells: sets of prices, and what is carried over when somebody changes from one to another. */
import { z } from "zod";

const planId = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "1 to 64 small letters, digits, _ and -");
const priceId = z.string().regex(/^[A-Za-z0-9_-]{1,255}$/, "a price id of Stripe's, such as price_1Abc");
const role = z.string().regex(/^[a-z][a-z0-9_-]{0,39}$/, "1 to 40 small letters, digits, _ and -");
const meterId = z.string().min(1).max(255);
const country = z.string().regex(/^[A-Z]{2}$/, "two capital letters, such as DE");

const currencies: ReadonlySet<string> = new Set(Intl.supportedValuesOf("currency").map((code) => code.toLowerCase()));

/** Whether a code is a currency that is known, in small letters as Stripe writes it. */
export function isCurrency(code: string): boolean {
  return currencies.has(code);
}

const planPrice = z.strictObject({
  id: priceId,
  /** What its quantity counts. A quantity is carried over between prices of two plans that count the same. */
  as: role.default("base"),
  /** The plan always has this quantity, instead of carrying one over. */
  quantity: z.int().min(1).max(1_000_000).optional(),
  /** Taken only by who has something of the same role already, such as further seats, or usage of the same meter. */
  optional: z.boolean().default(false),
});

const plan = z.strictObject({
  id: planId,
  name: z.string().trim().min(1).max(120),
  /** Price ids; with more to say about one, `{id, as, quantity, optional}`. A metered price takes the usage of its meter. */
  prices: z
    .array(z.union([priceId.transform((id) => planPrice.parse({ id })), planPrice]))
    .min(1)
    .max(20),
  /** Meters whose usage costs nothing under this plan. */
  includes: z.array(meterId).max(20).default([]),
  /** A plan that some still have and nobody can change to any more is not offered. */
  offered: z.boolean().default(true),
  /** Only for who has one of these plans. */
  eligibleFrom: z.array(planId).min(1).optional(),
  /** Not for who has one of these plans. */
  notFrom: z.array(planId).default([]),
  /** Only for customers of these countries. */
  countries: z.array(country).min(1).optional(),
  /** Stated so that a price of another currency is noticed when the document is saved. */
  currency: z.string().toLowerCase().refine(isCurrency, "a currency that is known, such as eur").optional(),
});

/** The document of kind `plans`. What it says about prices is checked against Stripe's when it is saved. */
export const plansDocument = z
  .strictObject({
    /** Of the format; not of the content. */
    version: z.literal(1),
    plans: z.array(plan).min(1).max(500),
  })
  .superRefine(({ plans }, context) => {
    const ids = new Set(plans.map(({ id }) => id));
    for (const [index, { id, prices, eligibleFrom = [], notFrom }] of plans.entries()) {
      const add = (message: string, path: readonly (string | number)[]): void =>
        context.addIssue({ code: "custom", message, path: ["plans", index, ...path] });
      if (plans.findIndex((other) => other.id === id) !== index) add(`the plan ${id} is there twice`, ["id"]);
      for (const [place, price] of prices.entries()) {
        if (prices.findIndex((other) => other.id === price.id) !== place)
          add(`the price ${price.id} is there twice`, ["prices", place]);
      }
      for (const other of [...eligibleFrom, ...notFrom])
        if (!ids.has(other))
          add(`no plan is called ${other}`, [eligibleFrom.includes(other) ? "eligibleFrom" : "notFrom"]);
    }
  });

/** `PUT /api/plans`. */
export const plansRequest = z.strictObject({
  /** A plans document; its mistakes are told apart from those of the request. */
  document: z.unknown(),
  /** The version that the author saw; 0 when there was none. */
  basedOn: z.int().min(0),
  note: z.string().max(500).optional(),
});

/** `POST /api/plans/check`. */
export const plansTrial = z.strictObject({ document: z.unknown() });

/** Something about the document that is wrong (error: it is not saved) or deserves a look (warning). */
export const plansFinding = z.object({
  level: z.enum(["error", "warning"]),
  code: z.string(),
  plan: z.string(),
  price: z.string().nullable(),
  text: z.string(),
});

/** What is to be said about a document that is not saved, by the prices as they are now. */
export const plansFindings = z.object({ findings: z.array(plansFinding) });

/** `GET /api/plans`: what is in force, and what is to be said about it today. */
export const plansInForce = z.object({
  /** 0 while there is none. */
  version: z.int(),
  document: plansDocument.nullable(),
  savedAt: z.iso.datetime().nullable(),
  savedBy: z.string().nullable(),
  findings: z.array(plansFinding),
});

export type PlansDocument = z.output<typeof plansDocument>;
export type PlanDefinition = PlansDocument["plans"][number];
export type PlanPrice = PlanDefinition["prices"][number];
export type PlansFinding = z.output<typeof plansFinding>;
export type PlansFindings = z.output<typeof plansFindings>;
export type PlansInForce = z.output<typeof plansInForce>;
