/** Sets the stage for a measurement: vendors, the server, and customers whose contacts are linked and up to date. */
import { machineMs, until } from "./clock.ts";
import { Dunlin, webhookSecret, type DunlinSettings } from "./dunlin.ts";
import { temporaryFolder } from "./processes.ts";
import { note } from "./report.ts";
import { mustAllBeAccepted, send, type Sending, type Sent } from "./sender.ts";
import { joinEvents, type Traffic, type TrafficKind } from "./traffic.ts";
import { noLimit, Vendors } from "./vendors.ts";

export type Stage = {
  readonly vendors: Vendors;
  readonly dunlin: Dunlin;
  /** Starts a further node on the same database. */
  startAnother(): Promise<Dunlin>;
  /** Sends traffic of these customers to the server. */
  send(
    kind: TrafficKind,
    how: Omit<Sending, "url" | "secret" | "traffic"> & { readonly tag?: string; readonly from?: number },
  ): Promise<Sent>;
  readonly joinedS: number;
};

export const connections = 50;

/** Starts everything; `customers` have a contact that shows what Stripe says when this resolves. */
export async function setStage({
  customers,
  env = {},
}: {
  readonly customers: number;
  readonly env?: Readonly<Record<string, string>>;
}): Promise<Stage> {
  const vendors = await Vendors.start();
  const settings: DunlinSettings = {
    dataDir: await temporaryFolder(),
    env: {
      STRIPE_API_KEY: "sk_test_bench",
      STRIPE_WEBHOOK_SECRET: webhookSecret,
      STRIPE_API_BASE: vendors.stripeUrl,
      INTERCOM_ACCESS_TOKEN: "bench",
      INTERCOM_API_BASE: vendors.intercomUrl,
      ...env,
    },
  };
  const dunlin = await Dunlin.start(settings);
  // They joined long ago, so that all that is measured lies in the past of both clocks.
  const joinedS = Math.floor(Date.now() / 1000) - 90 * 86_400;
  const stage: Stage = {
    vendors,
    dunlin,
    startAnother: () => Dunlin.start(settings),
    joinedS,
    send: async (kind, { tag = kind, from = 0, ...how }) => {
      const traffic: Traffic = { kind, customers, joinedS, tag, from };
      return mustAllBeAccepted(
        await send({ url: `${dunlin.url}/webhooks/stripe`, secret: webhookSecret, traffic, ...how }),
      );
    },
  };
  await until("the first look at Stripe's history", () => dunlin.isIdle(), { withinMs: 30_000 });
  if (customers > 0) await prepare(stage, customers);
  return stage;
}

async function prepare({ vendors, dunlin, send: sendTraffic }: Stage, customers: number): Promise<void> {
  const startedMs = machineMs();
  await vendors.setLimit(noLimit);
  await sendTraffic("joins", { connections, count: customers * joinEvents });
  const areLinked = async (): Promise<boolean> =>
    (await dunlin.isIdle()) && (await dunlin.pulse()).totals.linked >= customers;
  await until("every customer has a contact", areLinked, { withinMs: 30_000 + customers * 20, everyMs: 250 });
  await vendors.take();
  note(`prepared ${customers} customers in ${((machineMs() - startedMs) / 1000).toFixed(1)} s`);
}

/** Resolves when everything that was sent has reached Intercom. */
export async function settled({ dunlin }: Stage, withinMs: number): Promise<void> {
  await until("everything has reached Intercom", () => dunlin.isIdle(), { withinMs, everyMs: 200 });
}
