/** The pages behind links, with a real door and a real database, in front of the sandbox's Stripe. */
import fastify, { type FastifyInstance } from "fastify";
import type Stripe from "stripe";
import { apiVersion } from "../../src/billing/version.ts";
import { registerLinks, type LinksDoor } from "../../src/http/links.ts";
import type { LinkPurpose } from "../../src/links/link.ts";
import { makeLink } from "../../src/pipeline/make-link.ts";
import { createStripeClient, type StripeClient } from "../../src/stripe/client.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { captureLog, type LogEntry } from "./log-capture.ts";
import { openSandbox, stripeKey, stripeOf } from "./sandbox.ts";

export type LinksScene = {
  readonly sandbox: Sandbox;
  readonly stripe: Stripe;
  readonly database: TestDatabase;
  readonly door: LinksDoor;
  readonly server: FastifyInstance;
  readonly client: StripeClient;
  /** The path of a link. */
  linkTo(purpose: LinkPurpose, customerId: string, lifetimeS?: number): Promise<string>;
  /** Somebody whom we know, with a subscription whose renewal was refused: "insufficient_funds", "lost_card", AM04, … */
  owing(method: string, code: string): Promise<{ readonly customer: string; readonly invoice: string }>;
  /** Somebody whom we know, with a payment method. */
  customer(method: string, locale?: string): Promise<string>;
  /** What the banks of a customer's payment methods answer from now on. */
  bankSays(customerId: string, outcome: "succeed" | "authenticate"): void;
  logged(): readonly LogEntry[];
  /** Moves the door's clock. */
  passMs(ms: number): void;
  close(): Promise<void>;
};

/** Opens it. The sandbox has no customers of its own. With a port the door listens there, for browsers. */
export async function openLinksScene({ port }: { readonly port?: number } = {}): Promise<LinksScene> {
  const [sandbox, database] = await Promise.all([openSandbox({ customers: 0 }), createTestDatabase()]);
  const stripe = stripeOf(sandbox);
  await stripe.billingPortal.configurations.create({ features: { invoice_history: { enabled: true } } });
  const client = createStripeClient({ apiKey: stripeKey, apiVersion, baseUrl: sandbox.url });
  const { log, entries } = captureLog();
  let aheadMs = 0;
  const nowMs = (): number => Date.now() + aheadMs;
  const { pool } = database;
  const of = (account: string): StripeClient | undefined => (account === "main" ? client : undefined);
  const door: LinksDoor = {
    pool,
    settings: { secret: "the secret of this test's links", baseUrl: `http://127.0.0.1:${port ?? 4242}` },
    nowMs,
    stripe: of,
    log,
    savings: { pool, nowMs, stripe: of, confirm: false },
    businessName: async () => "Lapwing Analytics",
    secure: false,
  };
  const server = fastify({ routerOptions: { maxParamLength: 2_300 } });
  await registerLinks(server, door);
  if (port !== undefined) await server.listen({ port, host: "127.0.0.1" });
  const product = await stripe.products.create({ name: "Team" });
  const customer = async (method: string, locale?: string): Promise<string> => {
    const { id } = await stripe.customers.create({
      email: "thea@example.com",
      ...(locale === undefined ? {} : { preferred_locales: [locale] }),
    });
    const attached = await stripe.paymentMethods.attach(method, { customer: id });
    await stripe.customers.update(id, { invoice_settings: { default_payment_method: attached.id } });
    await database.pool.query(
      `insert into stripe_objects (account, id, kind, customer_id, as_of_s, rev, origin, facts)
        values ('main', $1, 'customer', $1, 1, 1, 'read', $2)`,
      [id, JSON.stringify({ locale: locale ?? null })],
    );
    return id;
  };
  return {
    sandbox,
    stripe,
    database,
    door,
    server,
    client,
    customer,
    async linkTo(purpose, customerId, lifetimeS) {
      const wish = { purpose, account: "main", customerId, ...(lifetimeS === undefined ? {} : { lifetimeS }) };
      return new URL((await makeLink(door, wish)) ?? "").pathname;
    },
    async owing(method, code) {
      const id = await customer(method, "de-DE");
      const recurring = { interval: "month" } as const;
      const price = await stripe.prices.create({ product: product.id, currency: "eur", unit_amount: 4900, recurring });
      await stripe.subscriptions.create({ customer: id, items: [{ price: price.id }] });
      const { scenarios } = sandbox.stripe;
      // A first debit that fails voids its invoice: the renewal is to fail.
      if (code.length === 4) scenarios.paymentSucceeds(id);
      const invoice = code.length === 4 ? scenarios.sepaReturn(id, code) : scenarios.paymentFails(id, code);
      return { customer: id, invoice: invoice.id };
    },
    bankSays(customerId, outcome) {
      const { paymentMethods, behaviours } = sandbox.stripe.world.tables;
      for (const { id } of paymentMethods.find("customer", customerId))
        behaviours.put({ id, code: null, networkCode: null, mandate: null, ...behaviours.get(id), outcome });
    },
    logged: entries,
    passMs(ms) {
      aheadMs += ms;
    },
    async close() {
      await server.close();
      await sandbox.close();
      await database.drop();
    },
  };
}
