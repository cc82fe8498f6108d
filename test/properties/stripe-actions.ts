/** What can happen at the small Stripe of the properties, in any mixture. */
import fc from "fast-check";
import type { Arbitrary } from "fast-check";

const verbs = [
  "rename",
  "email",
  "balance",
  "delinquent",
  "userId",
  "attach",
  "choose",
  "expiry",
  "detach",
  "subscribe",
  "status",
  "quantity",
  "price",
  "discount",
  "cancelLater",
  "renew",
  "remind",
  "cancel",
  "charge",
  "settle",
  "note",
  "refund",
  "failRefund",
  "dispute",
  "closeDispute",
  "invoice",
  "pay",
  "product",
  "echo",
  "delete",
] as const;
type Verb = (typeof verbs)[number];

/** One thing that happens; `pick` chooses among its few possible values, so that changes are often taken back. */
export type Action = { readonly verb: Verb; readonly who: number; readonly pick: number; readonly afterS: number };

/** Things to happen. `without` leaves some out; `gapsS` are the possible pauses between two of them. */
export function someActions({
  gapsS,
  without = [],
  most,
}: {
  readonly gapsS: readonly number[];
  readonly without?: readonly Verb[];
  readonly most: number;
}): Arbitrary<readonly Action[]> {
  const usable = verbs.filter((verb) => !without.includes(verb));
  const action = fc.record({
    verb: fc.constantFrom(...usable),
    who: fc.nat({ max: 2 }),
    pick: fc.nat({ max: 5 }),
    afterS: fc.constantFrom(...gapsS),
  });
  // Many things that happen to one or two objects show more than few that happen to many.
  const focused = fc
    .tuple(
      fc.uniqueArray(fc.constantFrom(...usable), { minLength: 1, maxLength: 3 }),
      fc.array(action, { maxLength: most }),
    )
    .map(([few, actions]) => [
      ...setting,
      ...actions.map((one, index) => ({ ...one, who: 0, verb: few[index % few.length] ?? one.verb })),
    ]);
  return fc.oneof(fc.array(action, { minLength: 1, maxLength: most }), focused);
}

const setting: readonly Action[] = (["attach", "subscribe", "charge", "invoice"] as const).map((verb) => ({
  verb,
  who: 0,
  pick: 0,
  afterS: 5,
}));
