/** Going through all pages of a search or a list, with a bound. */
import { z } from "zod";
import type { IntercomClient, IntercomRequest } from "./client.ts";
import { IntercomRejected } from "./failure.ts";
import { dayBefore } from "./written.ts";

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

type CallOptions = Pick<IntercomRequest<unknown>, "lane" | "signal" | "guard">;

const pageMax = 20;
const perPage = 50;

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

export type Search<T> = {
  /** What is looked for, for the message when there is too much of it. */
  readonly what: string;
  readonly path: `/${string}/search`;
  readonly query: unknown;
  readonly schema: z.ZodType<Page<T>>;
};

/** Everything that a search finds; what was made in the last seconds may be missing. Throws as allPages does. */
export function searchAll<T>(
  client: IntercomClient,
  { what, path, query, schema }: Search<T>,
  options: CallOptions,
): Promise<readonly T[]> {
  return allPages(what, async (cursor) => {
    const pagination = { per_page: perPage, ...(cursor === null ? {} : { starting_after: cursor }) };
    const read = { method: "POST", path, body: { query, pagination }, effect: "read" } as const;
    return (await client.request({ ...read, schema, ...options })).data;
  });
}

/** The query for what one contact has had since this moment. It finds some older things too. */
export function ofContactSince({ contactId, sinceS }: { readonly contactId: string; readonly sinceS: number }): object {
  const value = [
    { field: "contact_ids", operator: "=", value: contactId },
    { field: "created_at", operator: ">", value: dayBefore(sinceS) },
  ];
  return { operator: "AND", value };
}
