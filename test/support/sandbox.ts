/** A sandbox for tests: a small company, no limits that only slow tests down, and the vendor's own client to look into it. */
import Stripe from "stripe";
import { startSandbox, type Sandbox, type SandboxOptions } from "../../sandbox/sandbox.ts";

export const stripeKey = "sk_test_sandbox";

/** Twelve customers show every fate once; the twelfth shares an address with two contacts. */
const companySize = 12;

/** Starts a sandbox on a free port. */
export function openSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  return startSandbox({
    port: 0,
    customers: companySize,
    paymentsPerCustomer: 3,
    stripeLimits: { perSecond: 1e9, perEndpointPerSecond: 1e9 },
    ...options,
    stripeSettings: {
      burstSpreadMs: 40,
      webhookRetryDelaysMs: [50, 100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000],
      ...options.stripeSettings,
    },
  });
}

/** Stripe's official client, pointed at the sandbox. */
export function stripeOf({ url }: Pick<Sandbox, "url">): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(stripeKey, {
    host: hostname,
    port: Number(port),
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
  });
}

/** The sandbox's customer whose story fits; throws when nobody's does. */
export async function findCustomer(
  sandbox: Pick<Sandbox, "url">,
  fits: (customer: Stripe.Customer) => boolean,
): Promise<Stripe.Customer> {
  for await (const customer of stripeOf(sandbox).customers.list({ limit: 100, expand: ["data.subscriptions"] })) {
    if (fits(customer)) return customer;
  }
  throw new Error("The sandbox has no such customer.");
}

/** Somebody who pays by card for a running subscription and is known to Intercom by user id. */
export function findSteadyCustomer(
  sandbox: Sandbox,
  isFree: (id: string) => boolean = () => true,
): Promise<Stripe.Customer> {
  return findCustomer(sandbox, (customer) => {
    const [subscription] = customer.subscriptions?.data ?? [];
    const userId = customer.metadata["user_id"];
    return (
      isFree(customer.id) &&
      userId !== undefined &&
      subscription?.status === "active" &&
      subscription.cancel_at === null &&
      customer.balance === 0 &&
      paysByCard(sandbox, customer.id) &&
      sandbox.intercom.contactsFor({ external_id: userId }).length === 1
    );
  });
}

function paysByCard({ stripe }: Sandbox, customerId: string): boolean {
  return stripe.world.tables.paymentMethods.find("customer", customerId).some(({ type }) => type === "card");
}

type Contact = ReturnType<Sandbox["intercom"]["contacts"]>[number];

/** The one live contact with this user id. */
export function contactOf({ intercom }: Pick<Sandbox, "intercom">, userId: string): Contact {
  const found = intercom.contacts().filter((contact) => contact.state === "live" && contact.external_id === userId);
  const [only] = found;
  if (only === undefined || found.length > 1) throw new Error(`${found.length} contacts have the user id ${userId}.`);
  return only;
}

/** Their attributes of the usual prefix, by the name without it; what is empty is null. */
export function attributesOf(
  sandbox: Pick<Sandbox, "intercom">,
  userId: string,
  prefix = "stripe",
): Readonly<Record<string, unknown>> {
  const shown = contactOf(sandbox, userId).custom_attributes;
  const names = sandbox.intercom.attributes("contact").map(({ name }) => name);
  const ours = names.filter((name) => name.startsWith(`${prefix}_`));
  return Object.fromEntries(ours.map((name) => [name.slice(prefix.length + 1), shown[name] ?? null]));
}
