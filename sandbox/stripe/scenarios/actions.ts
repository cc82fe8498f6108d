/** The scenarios as the control page's buttons call them: a customer and a few loose options. */
import type { Scenarios } from "./scenarios.ts";
import type { World } from "../world.ts";

type Options = Readonly<Record<string, unknown>>;
type Action = (customerId: string, options?: Options) => unknown;

const USAGE_DEFAULT = 100;
const CREDIT_DEFAULT = 1000;

/** Every scenario under its name, each taking a customer's id and options. */
export function actionsFor(world: World, scenarios: Scenarios) {
  return {
    paymentFails: (id, options) => scenarios.paymentFails(id, textOf(options, "code")),
    paymentSucceeds: (id) => scenarios.paymentSucceeds(id),
    sepaReturn: (id, options) => scenarios.sepaReturn(id, textOf(options, "code")),
    refund: (id, options) => scenarios.refund(id, numberOf(options, "amount")),
    refundFails: (id) => scenarios.refundFails(id),
    dispute: (id, options) => scenarios.dispute(id, textOf(options, "reason")),
    closeDispute: (id, options) => scenarios.closeDispute(id, textOf(options, "result") === "won" ? "won" : "lost"),
    fraudWarning: (id) => scenarios.fraudWarning(id),
    expireCard: (id) => scenarios.expireCard(id),
    replaceCard: (id) => scenarios.replaceCard(id),
    upgrade: (id, options) => scenarios.upgrade(id, textOf(options, "priceId")),
    downgrade: (id, options) => scenarios.downgrade(id, textOf(options, "priceId")),
    renew: (id) => scenarios.renew(id),
    cardReissued: (id) => scenarios.cardReissued(id),
    startTrial: (id, options) => scenarios.startTrial(id, numberOf(options, "days"), textOf(options, "priceId")),
    trialEndsSoon: (id) => scenarios.trialEndsSoon(id),
    cancelAtPeriodEnd: (id) => scenarios.cancelAtPeriodEnd(id),
    keep: (id) => scenarios.keep(id),
    cancel: (id) => scenarios.cancel(id),
    checkout: (id, options) => {
      const customer = world.tables.customers.get(id);
      const [email, name] = [customer?.email ?? textOf(options, "email"), customer?.name ?? textOf(options, "name")];
      const priceId = textOf(options, "priceId");
      const buyer = { email: email ?? "new.customer@example.com", name: name ?? "New Customer" };
      return scenarios.checkout({
        ...buyer,
        ...(customer === undefined ? {} : { customerId: id }),
        ...(priceId === undefined ? {} : { priceId }),
      });
    },
    reportUsage: (id, options) => scenarios.reportUsage(id, numberOf(options, "value") ?? USAGE_DEFAULT),
    addCredit: (id, options) => scenarios.addCredit(id, numberOf(options, "amount") ?? CREDIT_DEFAULT),
    updateCustomer: (id, options) => {
      const [email, name] = [textOf(options, "email"), textOf(options, "name")];
      return scenarios.updateCustomer(id, {
        ...(email === undefined ? {} : { email }),
        ...(name === undefined ? {} : { name }),
      });
    },
    deleteCustomer: (id) => scenarios.deleteCustomer(id),
  } as const satisfies Readonly<Record<string, Action>>;
}

function textOf(options: Options | undefined, name: string): string | undefined {
  const value = options?.[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberOf(options: Options | undefined, name: string): number | undefined {
  const value = options?.[name];
  return typeof value === "number" ? value : undefined;
}
