/** What a checkout session sells, line by line. */
import { amountOf, productName } from "../billing/lines.ts";
import { listOf } from "../objects/shared.ts";
import type { List } from "../objects/shared.ts";
import type { World } from "../world.ts";

/** The lines of a session, shown only on request. */
export function lineItemsOf(world: World, sessionId: string): List<object> {
  const plan = world.tables.checkoutPlans.get(sessionId);
  const lines = (plan?.lines ?? []).flatMap((line, index) => {
    const price = world.tables.prices.get(line.price);
    if (price === undefined) return [];
    const amount = amountOf(world, price, { quantity: line.quantity });
    return {
      id: `li_${sessionId.slice(3)}${index}`,
      object: "item",
      adjustable_quantity: null,
      amount_discount: 0,
      amount_subtotal: amount,
      amount_tax: 0,
      amount_total: amount,
      currency: price.currency,
      description: productName(world, price),
      metadata: {},
      price,
      quantity: line.quantity,
    };
  });
  return listOf(lines, `/v1/checkout/sessions/${sessionId}/line_items`);
}
