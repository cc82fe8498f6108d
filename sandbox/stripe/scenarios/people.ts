/** Scenarios about customers themselves: their data, credit and cards. */
import { StripeError } from "../api/errors.ts";
import { changeBalance } from "../billing/balance.ts";
import { setBehaviour } from "../billing/bank.ts";
import type { Customer } from "../objects/customer.ts";
import { NO_BILLING_DETAILS } from "../objects/payment.ts";
import type { PaymentMethod } from "../objects/payment.ts";
import { deleteCustomer, requireCustomer, updateCustomer } from "../resources/customers.ts";
import { attach, detach, requireMethod } from "../resources/payment-methods.ts";
import { makeCard } from "../resources/test-methods.ts";
import type { World } from "../world.ts";
import { makeDefault, usualMethod } from "./finding.ts";

const DAY_S = 86_400;

/** What can happen to a customer's record. */
export function peopleScenarios(world: World) {
  const { tables } = world;
  return {
    /** Changes a customer; metadata is merged. */
    updateCustomer(
      customerId: string,
      change: { email?: string; name?: string; metadata?: Record<string, string> },
    ): Customer {
      return updateCustomer(world, requireCustomer(world, customerId), change);
    },

    /** Deletes a customer for good. */
    deleteCustomer(customerId: string): object {
      return deleteCustomer(world, requireCustomer(world, customerId));
    },

    /** Gives the customer credit (a positive amount) for the next invoice. */
    addCredit(customerId: string, amount: number): Customer {
      changeBalance(world, requireCustomer(world, customerId), {
        amount: -amount,
        type: "adjustment",
        description: "Goodwill credit",
      });
      return requireCustomer(world, customerId);
    },

    /** The card's date has passed and its bank refuses from now on. */
    expireCard(customerId: string): PaymentMethod {
      const method = usualMethod(world, customerId);
      if (method.card === undefined) throw StripeError.invalid(`Customer ${customerId} does not pay by card.`);
      const past = new Date((world.now() - 40 * DAY_S) * 1000);
      const card = { ...method.card, exp_month: past.getUTCMonth() + 1, exp_year: past.getUTCFullYear() };
      setBehaviour(world, method.id, { outcome: "decline", code: "expired_card" });
      return world.update(tables.paymentMethods, method, { card }, "payment_method.updated");
    },

    /** The customer puts a good card in the place of the old method and it becomes the default everywhere. */
    replaceCard(customerId: string): PaymentMethod {
      const old = tables.paymentMethods.find("customer", customerId);
      const { name, email } = requireCustomer(world, customerId);
      const card = attach(
        world,
        makeCard(world, { token: "tok_mastercard" }, { ...NO_BILLING_DETAILS, name, email }).id,
        customerId,
      );
      makeDefault(world, customerId, card);
      for (const method of old) detach(world, requireMethod(world, method.id));
      return card;
    },

    /** The card network sends the new date of a reissued card. */
    cardReissued(customerId: string): PaymentMethod {
      const method = usualMethod(world, customerId);
      if (method.card === undefined) throw StripeError.invalid(`Customer ${customerId} does not pay by card.`);
      const card = { ...method.card, exp_year: new Date(world.now() * 1000).getUTCFullYear() + 4 };
      setBehaviour(world, method.id, { outcome: "succeed", code: null });
      return world.update(tables.paymentMethods, method, { card }, "payment_method.automatically_updated");
    },
  };
}
