/** Starts the sandbox: a local Stripe and Intercom with a make-believe company, on one port. */
import type { Server } from "node:http";
import { startBustle } from "./company/bustle.ts";
import { seedCompany } from "./company/company.ts";
import { createControl } from "./control/control.ts";
import { createIntercom } from "./intercom/intercom.ts";
import type { IntercomVendor } from "./intercom/intercom.ts";
import type { Deliveries } from "./kernel/deliveries.ts";
import { Faults } from "./kernel/faults.ts";
import { SandboxKernel } from "./kernel/kernel.ts";
import { RequestLog } from "./kernel/request-log.ts";
import { listen } from "./kernel/server.ts";
import type { Kernel } from "./kernel/types.ts";
import { actionsFor } from "./stripe/scenarios/actions.ts";
import type { RateLimits } from "./stripe/api/rate-limits.ts";
import { createStripe } from "./stripe/stripe.ts";
import type { StripeVendor } from "./stripe/stripe.ts";
import type { StripeSettings } from "./stripe/world.ts";

const DEFAULT_SEED = 1;
const DEFAULT_CUSTOMERS = 40;

/** The credentials that the local Intercom accepts. */
export const INTERCOM_TOKEN = "sandbox-intercom-token";
export const INTERCOM_CLIENT_SECRET = "sandbox-intercom-client-secret";

export type SandboxOptions = {
  /** 0 takes a free one. */
  readonly port?: number;
  /** Where everything is kept between two starts; without it nothing is. */
  readonly dataFile?: string;
  readonly seed?: number | undefined;
  /** How many customers the company has; 0 leaves the accounts empty. */
  readonly customers?: number | undefined;
  /** The most payments that a customer's history holds. */
  readonly paymentsPerCustomer?: number;
  /** How often something happens to a customer by itself; never by default. */
  readonly bustleMs?: number | undefined;
  readonly intercomSearchLagMs?: number;
  /** Intercom's calls per ten seconds. */
  readonly intercomLimitPerSlice?: number;
  readonly intercomRegion?: string;
  readonly stripeLimits?: Partial<RateLimits>;
  readonly stripeSettings?: Partial<StripeSettings>;
};

export type Sandbox = {
  readonly url: string;
  readonly kernel: Kernel;
  readonly stripe: StripeVendor;
  readonly intercom: IntercomVendor;
  readonly faults: Faults;
  readonly deliveries: Deliveries;
  readonly requests: RequestLog;
  readonly clock: {
    advance(seconds: number): Promise<void>;
    /** How often somebody who goes by it has asked what time it is. */
    readonly asked: number;
  };
  close(): Promise<void>;
};

/** Starts everything and resolves when it listens. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const kernel = new SandboxKernel({
    seed: options.seed ?? DEFAULT_SEED,
    ...(options.dataFile === undefined ? {} : { dataFile: options.dataFile }),
  });
  const known = await kernel.load();
  const { stripe, intercom } = openVendors(kernel, options);
  if (!known) {
    const { customers = DEFAULT_CUSTOMERS, paymentsPerCustomer } = options;
    seedCompany({ stripe, intercom, customers, ...(paymentsPerCustomer === undefined ? {} : { paymentsPerCustomer }) });
  }
  const faults = new Faults(kernel.random.fork("faults"));
  const { deliveries } = kernel;
  const requests = new RequestLog();
  const clock = { advance: (seconds: number) => kernel.advance(seconds), asked: 0 };
  const buttons = { ...stripe, scenarios: actionsFor(stripe.world, stripe.scenarios) };
  const control = createControl({ kernel, stripe: buttons, intercom, faults, deliveries, requests, clock });
  const server = await listen({ stripe, intercom, control, faults, requests }, options.port ?? 0);
  stripe.world.pagesUrl = addressOf(server);
  kernel.run([stripe, intercom]);
  const rest = options.bustleMs
    ? startBustle({ stripe, random: kernel.random.fork("bustle") }, options.bustleMs)
    : () => {};
  return {
    url: addressOf(server),
    kernel,
    stripe,
    intercom,
    faults,
    deliveries,
    requests,
    clock,
    async close() {
      rest();
      await close(server, kernel);
    },
  };
}

function openVendors(kernel: SandboxKernel, options: SandboxOptions) {
  const stripe = createStripe(kernel, {
    ...(options.stripeLimits === undefined ? {} : { limits: options.stripeLimits }),
    ...(options.stripeSettings === undefined ? {} : { settings: options.stripeSettings }),
  });
  const intercom = createIntercom(kernel, {
    clientSecret: INTERCOM_CLIENT_SECRET,
    token: INTERCOM_TOKEN,
    region: options.intercomRegion ?? "EU",
    ...(options.intercomSearchLagMs === undefined ? {} : { searchLagMs: options.intercomSearchLagMs }),
    ...(options.intercomLimitPerSlice === undefined ? {} : { limitPerSlice: options.intercomLimitPerSlice }),
  });
  return { stripe, intercom };
}

function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The sandbox does not listen on a port.");
  return `http://127.0.0.1:${address.port}`;
}

async function close(server: Server, kernel: SandboxKernel): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
  await kernel.close();
}
