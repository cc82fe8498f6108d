/** Station billing: the moments of payment methods: another one, or the same card renewed. */
import type { ObjectCopyOf } from "../../model/stripe-object.ts";
import type { ChangeOf } from "./change.ts";
import { aMoment, type Moment } from "./moment.ts";

/** A card that its bank renewed. Stripe sends an event of its own for it. */
export function renewalMoments({ event, shown, isNewest }: ChangeOf<"payment_method">): readonly Moment[] {
  const { id, customerId } = shown;
  if (event.type !== "payment_method.automatically_updated" || customerId === null || !isNewest) return [];
  const occurredAtS = event.createdS;
  const by = [customerId, id, occurredAtS];
  const facts = { how: "renewed_by_bank" };
  return [aMoment({ name: "payment_method_changed", objectId: id, by, customerId, occurredAtS, facts })];
}

type WithDefault = { readonly defaultPaymentMethod: string | null };

/** How the default payment method of a customer or subscription moved. */
export type DefaultTurn = {
  readonly before: WithDefault | undefined;
  readonly after: Pick<ObjectCopyOf<"customer">, "customerId" | "asOfS"> & { readonly facts: WithDefault };
};

/** Another default than before. The first one is no change. */
export function defaultMethodMoments(turn: DefaultTurn | undefined, how: string): readonly Moment[] {
  if (!turn?.before) return [];
  const { customerId, asOfS: occurredAtS, facts } = turn.after;
  const [was, is] = [turn.before.defaultPaymentMethod, facts.defaultPaymentMethod];
  if (customerId === null || was === null || is === null || was === is) return [];
  return [
    aMoment({
      name: "payment_method_changed",
      objectId: is,
      by: [customerId, is],
      customerId,
      occurredAtS,
      facts: { how },
    }),
  ];
}
