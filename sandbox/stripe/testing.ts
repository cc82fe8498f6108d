/** For tests: a started sandbox with the official SDK in front of it and a receiver for its webhooks. */
import { createServer } from "node:http";
import Stripe from "stripe";
import { startSandbox } from "../sandbox.ts";
import type { Sandbox, SandboxOptions } from "../sandbox.ts";

export const DAY_S = 86_400;

export type Received = { readonly body: string; readonly signature: string; readonly event: Stripe.Event };

export type Bench = {
  readonly sandbox: Sandbox;
  readonly stripe: Stripe;
  /** The SDK with another key. */
  sdk(key: string): Stripe;
  /** Subscribes a local receiver; what arrives is in `received`. */
  receive(types?: readonly string[]): Promise<{ readonly received: Received[]; readonly secret: string }>;
  close(): Promise<void>;
};

/** Starts a sandbox without customers and without limits, unless the options say otherwise. */
export async function openBench(options: SandboxOptions = {}): Promise<Bench> {
  const sandbox = await startSandbox({
    customers: 0,
    stripeLimits: { perSecond: 1e9, perEndpointPerSecond: 1e9 },
    stripeSettings: { burstSpreadMs: 0, webhookRetryDelaysMs: [] },
    ...options,
  });
  const closers: (() => void)[] = [];
  const sdk = (key: string) => createSdk(sandbox.url, key);
  return {
    sandbox,
    sdk,
    stripe: sdk("sk_test_sandbox"),
    async receive(types = ["*"]) {
      const receiver = await openReceiver();
      closers.push(receiver.close);
      const endpoint = sandbox.stripe.addWebhookEndpoint(receiver.url, types);
      return { received: receiver.received, secret: endpoint.secret };
    },
    async close() {
      for (const close of closers) close();
      await sandbox.close();
    },
  };
}

/** A monthly price in euros. */
export async function monthlyPrice(stripe: Stripe, amount = 4900): Promise<Stripe.Price> {
  const product = await stripe.products.create({ name: "Team" });
  return stripe.prices.create({
    product: product.id,
    currency: "eur",
    unit_amount: amount,
    recurring: { interval: "month" },
  });
}

/** A customer with a default payment method made from one of Stripe's shortcuts. */
export async function payingCustomer(stripe: Stripe, shortcut = "pm_card_visa"): Promise<Stripe.Customer> {
  const customer = await stripe.customers.create({ email: "buyer@example.com", name: "Buyer" });
  const method = await stripe.paymentMethods.attach(shortcut, { customer: customer.id });
  return stripe.customers.update(customer.id, { invoice_settings: { default_payment_method: method.id } });
}

/** The types of the stored events, oldest first. */
export async function eventTypes(stripe: Stripe): Promise<readonly string[]> {
  const events = await stripe.events.list({ limit: 100 });
  return events.data.map(({ type }) => type).reverse();
}

function createSdk(url: string, key: string): Stripe {
  const { hostname, port } = new URL(url);
  return new Stripe(key, { host: hostname, port, protocol: "http", maxNetworkRetries: 0 });
}

async function openReceiver() {
  const received: Received[] = [];
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString("utf8");
      received.push({ body, signature: String(request.headers["stripe-signature"]), event: JSON.parse(body) });
      reply.writeHead(200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The receiver does not listen on a port.");
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return { received, url: `http://127.0.0.1:${address.port}/webhooks`, close };
}
