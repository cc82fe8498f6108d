/** Lists: a page of rows, newest first, with cursors in both directions. */
import type { List } from "../objects/shared.ts";
import type { Row, Table } from "../table.ts";
import { StripeError } from "./errors.ts";

export type Paging = {
  readonly limit?: number | undefined;
  readonly starting_after?: string | undefined;
  readonly ending_before?: string | undefined;
};

type Listing<T> = { readonly url: string; readonly paging: Paging; readonly matches?: (row: T) => boolean };

const DEFAULT_LIMIT = 10;

/** A page of a whole table. */
export function pageOf<T extends Row>(table: Table<T>, listing: Listing<T>): List<T> {
  const { starting_after: after, ending_before: before } = listing.paging;
  if (before !== undefined) {
    const found = take(table.oldestFirst(cursor(table, before, "ending_before")), listing);
    return { object: "list", data: [...found.rows].reverse(), has_more: found.more, url: listing.url };
  }
  const from = after === undefined ? undefined : cursor(table, after, "starting_after");
  const found = take(table.newestFirst(from), listing);
  return { object: "list", data: found.rows, has_more: found.more, url: listing.url };
}

/** A page of a short list of rows, given oldest first. */
export function pageOfRows<T extends Row>(rows: readonly T[], listing: Listing<T>): List<T> {
  const { starting_after: after, ending_before: before } = listing.paging;
  const place = rows.findIndex((row) => row.id === (before ?? after));
  if ((before ?? after) !== undefined && place < 0) throw unknownCursor(before ?? after ?? "", before === undefined);
  if (before !== undefined) {
    const found = take(rows.slice(place + 1), listing);
    return { object: "list", data: [...found.rows].reverse(), has_more: found.more, url: listing.url };
  }
  const older = after === undefined ? rows : rows.slice(0, place);
  const found = take([...older].reverse(), listing);
  return { object: "list", data: found.rows, has_more: found.more, url: listing.url };
}

function take<T extends Row>(
  rows: Iterable<T>,
  { paging, matches }: Listing<T>,
): { rows: readonly T[]; more: boolean } {
  const limit = paging.limit ?? DEFAULT_LIMIT;
  const taken: T[] = [];
  for (const row of rows) {
    if (matches !== undefined && !matches(row)) continue;
    if (taken.length === limit) return { rows: taken, more: true };
    taken.push(row);
  }
  return { rows: taken, more: false };
}

function cursor<T extends Row>(table: Table<T>, id: string, param: "starting_after" | "ending_before"): T {
  const row = table.get(id);
  if (row === undefined) throw unknownCursor(id, param === "starting_after");
  return row;
}

function unknownCursor(id: string, starting: boolean): StripeError {
  return StripeError.missing("object", id, starting ? "starting_after" : "ending_before");
}
