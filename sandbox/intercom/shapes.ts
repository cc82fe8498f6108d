/** Small shapes that many request bodies share. */
import { z } from "zod";

/** Ids are text; the documentation's own examples send numbers, so both are taken. */
export const idShape = z.union([z.string().min(1), z.number().int()]).transform(String);

export const unixSeconds = z.number().int();

export const anyObject = z.record(z.string(), z.unknown());

/** Query and paging of the three searches; the query itself is read by the search. */
export const searchBody = z.strictObject({
  query: z.unknown().refine((query) => query !== undefined, "query not specified"),
  pagination: z.strictObject({ per_page: z.number().optional(), starting_after: z.string().nullish() }).nullish(),
  sort: z.strictObject({ field: z.string(), order: z.string().optional() }).nullish(),
});

export type SearchBody = z.output<typeof searchBody>;
