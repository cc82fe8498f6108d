/** One page of search results, in the wanted order, with a cursor that stays right when items come and go. */
import { pagesView, type PageRequest } from "./pages.ts";
import { invalid, Refusal } from "./refusal.ts";
import type { Field } from "./search-query.ts";

type SortValue = string | number | boolean | null;

export type Order<T> = {
  readonly sort: { readonly field: string; readonly order?: string | undefined } | null | undefined;
  readonly field: (name: string) => Field<T> | undefined;
  /** Breaks ties and orders what is not sorted: the order in which things came in. */
  readonly position: (item: T) => number;
};

/** Items must come ordered by position; they are sorted anew only when the caller asks for it. */
export function resultPage<T>(items: readonly T[], request: PageRequest, order: Order<T>) {
  const keyOf = sortKey(order);
  const sorted = keyOf === undefined ? items : [...items].sort((a, b) => compare(keyOf(a), keyOf(b), order));
  const placeOf = (item: T): readonly SortValue[] => [keyOf?.(item)[0] ?? null, order.position(item)];
  const after = request.cursor?.after;
  const start = after === undefined ? 0 : firstBehind(sorted, (item) => compare(placeOf(item), after, order) > 0);
  const page = sorted.slice(start, start + request.perPage);
  const last = page.at(-1);
  const more = start + page.length < sorted.length && last !== undefined;
  return { items: page, pages: pagesView(request, items.length, more ? placeOf(last) : undefined) };
}

function firstBehind<T>(items: readonly T[], isBehind: (item: T) => boolean): number {
  const index = items.findIndex(isBehind);
  return index === -1 ? items.length : index;
}

function sortKey<T>(order: Order<T>): ((item: T) => readonly [SortValue, number]) | undefined {
  const { sort } = order;
  if (sort === null || sort === undefined) return undefined;
  const direction = sort.order ?? "descending";
  if (direction !== "ascending" && direction !== "descending") {
    const message = `Invalid sort order '${direction}'. Must be one of: ascending, descending`;
    throw new Refusal(400, "invalid_sort_order", message);
  }
  const field = order.field(sort.field);
  if (field === undefined) throw invalid(`Invalid sort field '${sort.field}'`, "sort.field");
  return (item) => {
    const value = field.read(item);
    return [typeof value === "object" ? null : value, order.position(item)];
  };
}

/** Empty values come last in ascending order; positions always ascend. */
function compare<T>(a: readonly SortValue[], b: readonly SortValue[], order: Order<T>): number {
  const [aValue = null, aPosition = 0] = a;
  const [bValue = null, bPosition = 0] = b;
  const sign = order.sort?.order === "ascending" ? 1 : -1;
  if (aValue === bValue) return Number(aPosition) - Number(bPosition);
  if (aValue === null) return sign;
  if (bValue === null) return -sign;
  return aValue < bValue ? -sign : sign;
}
