/** Pages: cursors are opaque to callers, and a page is never larger than 150. */
import { Refusal, invalid } from "./refusal.ts";

export type Cursor = {
  /** Position of the last item of the page before, or where sorting put it. */
  readonly after: readonly (string | number | boolean | null)[];
  readonly page: number;
};

export type PageRequest = { readonly perPage: number; readonly cursor: Cursor | undefined };

export type PageSize = { readonly default: number; readonly max: number };

export const peoplePages: PageSize = { default: 50, max: 150 };
export const conversationPages: PageSize = { default: 20, max: 150 };

/** Reads the paging part of a request, from a query string or a search body. */
export function pageRequest(
  size: PageSize,
  given: { readonly perPage?: number | undefined; readonly startingAfter?: string | null | undefined },
): PageRequest {
  const perPage = given.perPage ?? size.default;
  if (!Number.isInteger(perPage) || perPage < 1 || perPage > size.max) {
    throw invalid(`per_page must be between 1 and ${size.max}`, "per_page");
  }
  const { startingAfter } = given;
  const cursor = startingAfter === undefined || startingAfter === null ? undefined : readCursor(startingAfter);
  return { perPage, cursor };
}

/** The same from a query string. */
export function queryPageRequest(size: PageSize, query: URLSearchParams): PageRequest {
  const perPage = query.get("per_page");
  return pageRequest(size, {
    perPage: perPage === null ? undefined : Number(perPage),
    startingAfter: query.get("starting_after"),
  });
}

/** The `pages` object of a cursor list. `last` is the cursor position of the page's last item when more follow. */
export function pagesView(request: PageRequest, total: number, last: Cursor["after"] | undefined) {
  const page = request.cursor?.page ?? 1;
  const { perPage } = request;
  return {
    type: "pages" as const,
    page,
    per_page: perPage,
    total_pages: Math.ceil(total / perPage),
    ...(last === undefined
      ? {}
      : { next: { per_page: perPage, starting_after: writeCursor({ after: last, page: page + 1 }) } }),
  };
}

/** A list that always fits on one page, in the older form with a link. */
export function singlePage(total: number, perPage = 50) {
  return { type: "pages" as const, next: null, page: 1, per_page: perPage, total_pages: Math.ceil(total / perPage) };
}

/** Cuts one page out of a list by item id. */
export function pageById<T extends { readonly id: string }>(
  request: PageRequest,
  items: readonly T[],
): { readonly items: readonly T[]; readonly pages: ReturnType<typeof pagesView> } {
  const after = request.cursor?.after[0];
  const start = after === undefined ? 0 : items.findIndex((item) => item.id === after) + 1;
  const page = items.slice(start, start + request.perPage);
  const last = page.at(-1);
  const more = start + page.length < items.length && last !== undefined;
  return { items: page, pages: pagesView(request, items.length, more ? [last.id] : undefined) };
}

function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.page, ...cursor.after])).toString("base64url");
}

function readCursor(text: string): Cursor {
  const parts = parse(text);
  const page = Array.isArray(parts) ? parts[0] : undefined;
  if (!Array.isArray(parts) || typeof page !== "number") throw badCursor();
  return { page, after: parts.slice(1) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, "base64url").toString("utf8"));
  } catch {
    throw badCursor();
  }
}

function badCursor(): Refusal {
  const message =
    "Invalid starting_after param. Please try again using a starting_after value from a paginated response";
  return new Refusal(400, "client_error", message);
}
