/** What a call that makes something answers, and the ids in it. */
import { z } from "zod";

/** What was made, and Intercom's name of the call that made it. */
export type Written<T> = { readonly value: T; readonly requestId: string | null };

/** Ids are texts; some answers have numbers. */
export const anyId = z.union([z.string().min(1), z.number().transform(String)]);

/** An id that may be missing; Intercom writes 0 for nobody. */
export const optionalId = anyId.nullish().transform((id) => (id === undefined || id === "0" ? null : id));

/** From when to search for what was made since this moment: dates match by day, in the workspace's time zone. */
export function dayBefore(sinceS: number): number {
  return sinceS - 2 * 86_400;
}
