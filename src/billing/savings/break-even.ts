/**
 * Station billing: from which usage, or which quantity, another plan costs less. Both costs are looked at exactly, before
 * lines are rounded.
 *
 * Between two edges (of tiers, of packages, and where a discount has eaten up an invoice) both costs are straight lines, so
 * that they cross at most once there: the ends of each piece and one binary search say where the other plan is cheaper.
 */
import type { Decimal } from "decimal.js";
import type { BreakEven } from "../../../contract/savings.ts";
import { isUnknown } from "../../model/profile.ts";
import { lessDiscounts, totalOf, type Line } from "../discount.ts";
import { costOf, exactly } from "../price-cost.ts";
import type { Basket, BasketLine } from "./basket.ts";
import { discountable } from "./bill.ts";
import type { KnownDiscount } from "./discounts.ts";
import { intervalOf, isSameInterval, timesPerYear } from "./interval.ts";

export type Sides = {
  readonly present: Basket;
  readonly other: Basket;
  readonly discounts: readonly KnownDiscount[];
};

/** What is varied: the usage of the one meter, or the one quantity that is carried over. */
type Variable = Pick<BreakEven, "of" | "name">;

/** Nobody has more of anything. */
const farthest = 1_000_000_000;
/** So many packages are looked at: each has an edge, and a question must not hold up the others. */
const packagesMax = 500;

/** Where the other plan costs less. Null when more than one thing varies, or when an amount cannot be told. */
export function breakEvenOf(sides: Sides): BreakEven | null {
  const variable = variableOf(sides);
  if (!variable || isBent(sides)) return null;
  const lines = [...sides.present.lines, ...sides.other.lines].filter((line) => isVaried(line, variable));
  const { edges, searchedTo } = edgesOf(lines, variable.of === "usage" ? 0 : 1);
  const cheaper: { from: number; to: number | null }[] = [];
  for (const piece of piecesOf(edges, { sides, variable, searchedTo })) {
    const found = cheaperWithin(piece, (units) => gap(sides, { variable, units }));
    if (found === undefined) return null;
    if (found === null) continue;
    const last = cheaper.at(-1);
    if (last?.to === found.from - 1) last.to = found.to;
    else cheaper.push({ ...found });
  }
  const open = cheaper.map(({ from, to }) => ({ from, to: to === searchedTo && searchedTo === farthest ? null : to }));
  return { ...variable, cheaper: open, searchedTo };
}

/**
 * An amount off, beside a discount for some of the products, bends the cost of a basket in places that nobody looks for: where
 * it has eaten up what those cost, while others go on costing something.
 */
function isBent({ present, other, discounts }: Sides): boolean {
  if (discounts.every(({ coupon }) => coupon.facts.percentOff !== null)) return false;
  return [present, other].some(({ lines }) =>
    discounts.some(({ coupon: { facts } }) => {
      const products = facts.products ?? [];
      const meant = lines.filter(({ price }) => price.productId !== null && products.includes(price.productId));
      return products.length > 0 && meant.length > 0 && meant.length < lines.length;
    }),
  );
}

function variableOf({ present, other }: Sides): Variable | null {
  const lines = [...present.lines, ...other.lines];
  const meters = new Set(lines.flatMap(({ units }) => (units.kind === "usage" ? [units.meterId] : [])));
  const [meter] = meters;
  if (meter !== undefined) return meters.size === 1 ? { of: "usage", name: meter } : null;
  const roles = new Set(lines.filter(({ carried }) => carried).map(({ role }) => role ?? ""));
  const [role] = roles;
  return role !== undefined && roles.size === 1 ? { of: "quantity", name: role } : null;
}

function isVaried({ units, role, carried }: BasketLine, { of, name }: Variable): boolean {
  if (units.kind === "usage") return of === "usage" && units.meterId === name;
  return of === "quantity" && carried && role === name;
}

type Piece = { readonly from: number; readonly to: number };

/** Where a straight piece of a cost begins, in order. */
function edgesOf(
  lines: readonly BasketLine[],
  least: number,
): { readonly edges: readonly number[]; readonly searchedTo: number } {
  const sizes = lines.flatMap(({ price }) => price.transformQuantity?.divideBy ?? []);
  const searchedTo = Math.min(farthest, ...sizes.map((size) => size * packagesMax));
  const edges = new Set([least]);
  for (const { price } of lines) {
    for (const { upTo } of price.tiers ?? []) if (upTo !== null) edges.add(upTo + 1);
    if (price.transformQuantity) {
      const { divideBy, roundUp } = price.transformQuantity;
      for (let at = 0; at <= searchedTo; at += divideBy) edges.add(roundUp ? at + 1 : at);
    }
  }
  const inReach = [...edges].filter((edge) => edge >= least && edge <= searchedTo);
  return { edges: inReach.toSorted((a, b) => a - b), searchedTo };
}

type Ground = { readonly sides: Sides; readonly variable: Variable; readonly searchedTo: number };

/** The pieces between edges, cut once more where an amount off an invoice stops covering all of it. */
function piecesOf(edges: readonly number[], { sides, variable, searchedTo }: Ground): readonly Piece[] {
  const pieces = edges.map((from, index) => ({ from, to: (edges[index + 1] ?? searchedTo + 1) - 1 }));
  if (sides.discounts.every(({ coupon }) => coupon.facts.percentOff !== null)) return pieces;
  return [sides.present, sides.other].reduce<readonly Piece[]>(
    (cut, basket) => cut.flatMap((piece) => cutAtZero(piece, (units) => yearOf(basket, { sides, variable, units }))),
    pieces,
  );
}

function cutAtZero(piece: Piece, cost: (units: number) => Decimal | undefined): readonly Piece[] {
  const isFree = (units: number): boolean => cost(units)?.isZero() === true;
  if (!isFree(piece.from) || isFree(piece.to)) return [piece];
  const first = firstWhere(piece, (units) => !isFree(units));
  return [
    { from: piece.from, to: first - 1 },
    { from: first, to: piece.to },
  ];
}

/** Where within a straight piece the gap is below zero; null: nowhere, undefined: an amount cannot be told. */
function cheaperWithin(piece: Piece, gapAt: (units: number) => Decimal | undefined): Piece | null | undefined {
  const [start, end] = [gapAt(piece.from), gapAt(piece.to)];
  if (!start || !end) return undefined;
  const isCheaper = (units: number): boolean => gapAt(units)?.lt(0) === true;
  if (start.lt(0) && end.lt(0)) return piece;
  if (start.gte(0) && end.gte(0)) return null;
  if (end.lt(0)) return { from: firstWhere(piece, isCheaper), to: piece.to };
  return { from: piece.from, to: firstWhere(piece, (units) => !isCheaper(units)) - 1 };
}

/** The first whole number of a piece for which it holds; it holds at the end, and from there on back without a gap. */
function firstWhere({ from, to }: Piece, holds: (units: number) => boolean): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

type At = { readonly variable: Variable; readonly units: number };

function gap(sides: Sides, at: At): Decimal | undefined {
  const other = yearOf(sides.other, { sides, ...at });
  const present = yearOf(sides.present, { sides, ...at });
  return other && present && other.minus(present);
}

/** What a basket costs in a year with so many units, exactly; undefined when it cannot be told. */
function yearOf(
  basket: Basket,
  { sides, variable, units }: At & { readonly sides: Pick<Sides, "discounts"> },
): Decimal | undefined {
  const groups: { readonly line: BasketLine; readonly lines: Line[] }[] = [];
  for (const line of basket.lines) {
    const count = isVaried(line, variable) ? units : line.units.kind === "quantity" ? line.units.quantity : 0;
    const cost = costOf(line.price, count);
    if (isUnknown(cost)) return undefined;
    const one = discountable(cost, { productId: line.price.productId, currency: basket.currency });
    const group = groups.find((known) => isSameInterval(intervalOf(known.line.price), intervalOf(line.price)));
    if (group) group.lines.push(one);
    else groups.push({ line, lines: [one] });
  }
  const coupons = sides.discounts.map(({ coupon }) => coupon);
  let year = exactly(0);
  for (const { line, lines } of groups) {
    const left = lessDiscounts(lines, sides.discounts, { coupons, counts: () => true });
    if ("unknown" in left) return undefined;
    year = year.plus(totalOf(left).times(timesPerYear(intervalOf(line.price))));
  }
  return year;
}
