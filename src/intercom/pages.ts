/** Going through all pages of a search or a list, with a bound. */
import { z } from "zod";
import { IntercomRejected } from "./failure.ts";

/** Where a page ends: a cursor for the next one, or null on the last. Some lists write `next` as a link, others as null. */
export const nextCursor = z
  .object({
    next: z
      .union([z.object({ starting_after: z.string().nullish() }), z.string()])
      .nullish()
      .catch(null),
  })
  .nullish()
  .transform((pages) => {
    const next = pages?.next ?? null;
    if (next === null) return null;
    if (typeof next !== "string") return next.starting_after ?? null;
    return URL.canParse(next) ? new URL(next).searchParams.get("starting_after") : null;
  });

export type Page<T> = { readonly items: readonly T[]; readonly cursor: string | null };

const pageMax = 20;

/**
 * Everything on all pages. Throws IntercomRejected when there are more than twenty: half a result would make something
 * look absent.
 */
export async function allPages<T>(
  what: string,
  read: (cursor: string | null) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const all: T[] = [];
  let cursor: string | null = null;
  for (let page = 1; page <= pageMax; page += 1) {
    const next: Page<T> = await read(cursor);
    all.push(...next.items);
    if (next.cursor === null) return all;
    cursor = next.cursor;
  }
  throw new IntercomRejected(
    { code: null, message: `there are too many ${what} to go through them`, field: null, requestId: null },
    { status: null, vendorCode: null, requestId: null },
  );
}
