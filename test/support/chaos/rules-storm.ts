/** A storm for rules: two nodes, people who fail to pay and pay at random moments, a bad Intercom, and nodes that are killed. */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { rulesBoard } from "../../../contract/rules-api.ts";
import { SeededRandom } from "../../../sandbox/kernel/random.ts";
import type { Random } from "../../../sandbox/kernel/types.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { StripeError } from "../../../sandbox/stripe/api/errors.ts";
import { countUnfinished, createHome, type Home } from "../home.ts";
import { openSandbox } from "../sandbox.ts";
import { eventually } from "../wait.ts";
import { startBalancer, type Balancer } from "./balancer.ts";
import { ChaosNode, findPlaces } from "./nodes.ts";

/** One of those to whom things happen. */
export type Payer = { readonly customerId: string; readonly userId: string };

export type RulesStorm = {
  readonly sandbox: Sandbox;
  readonly home: Home;
  readonly nodes: readonly ChaosNode[];
  readonly payers: readonly Payer[];
  /** Puts rules in force through one of the nodes. */
  apply(document: object): Promise<void>;
  /** New customers with a plan, known in Intercom by their user ids. */
  enrol(count: number): Promise<void>;
  /** Everything at once for so long, with two kills; in the end all is well again, and nothing is left to do. */
  rage(forMs: number): Promise<void>;
  /** Time goes on for everybody. */
  pass(seconds: number): Promise<void>;
  /** Resolves when nothing is on its way or due, but for what Intercom may have done without saying so. */
  settled(): Promise<void>;
  close(): Promise<void>;
};

const patience = { withinMs: 30_000, everyMs: 100 };
const deliveryFaults = { duplicateRate: 0.3, reorderRate: 0.3, reorderHoldMs: 400, dropRate: 0.5 };
const stepMs = 60;

/** Opens the stage: a company of one, two nodes that are ready. */
export async function openRulesStorm(seed: number): Promise<RulesStorm> {
  const random = new SeededRandom(seed);
  const [sandbox, home, places] = await Promise.all([openSandbox({ seed, customers: 1 }), createHome(), findPlaces(2)]);
  const ports = places.map(({ port }) => port);
  const balancer = await startBalancer(ports, random.fork("balancer"));
  const env = {
    DATABASE_URL: home.databaseUrl,
    PUBLIC_URL: balancer.url,
    DUNLIN_SECRET_KEY: randomBytes(24).toString("hex"),
    SANDBOX_CLOCK: "follow",
  };
  const nodes = places.map((place) => new ChaosNode({ ...place, sandboxUrl: sandbox.url, env }));
  const stage = new Stage({ sandbox, home, balancer, nodes, random });
  try {
    for (const node of nodes) node.start();
    await Promise.all(nodes.map((node) => node.ready()));
    sandbox.intercom.setWebhookUrl(`${balancer.url}/webhooks/intercom`);
    await stage.settled();
    return stage;
  } catch (error) {
    await stage.close();
    throw error;
  }
}

type Parts = Pick<RulesStorm, "sandbox" | "home" | "nodes"> & {
  readonly balancer: Balancer;
  readonly random: SeededRandom;
};

class Stage implements RulesStorm {
  readonly sandbox: Sandbox;
  readonly home: Home;
  readonly nodes: readonly ChaosNode[];
  readonly payers: Payer[] = [];
  readonly #balancer: Balancer;
  readonly #random: SeededRandom;

  constructor({ sandbox, home, nodes, balancer, random }: Parts) {
    this.sandbox = sandbox;
    this.home = home;
    this.nodes = nodes;
    this.#balancer = balancer;
    this.#random = random;
  }

  async apply(document: object): Promise<void> {
    const url = new URL("/api/rules", this.#balancer.url);
    const { version } = rulesBoard.parse(await (await fetch(url)).json());
    const body = JSON.stringify({ document, basedOn: version, note: "storm" });
    const saved = await fetch(url, { method: "PUT", headers: { "content-type": "application/json" }, body });
    expect([saved.status, saved.ok ? "" : await saved.text()]).toEqual([200, ""]);
  }

  async enrol(count: number): Promise<void> {
    const { scenarios, world } = this.sandbox.stripe;
    const from = this.payers.length;
    for (let number = from + 1; number <= from + count; number += 1) {
      const userId = `user_storm_${number}`;
      scenarios.checkout({ email: `storm.${number}@example.com`, name: `Storm Example ${number}`, userId });
      const customer = world.tables.customers.all().find(({ metadata }) => metadata["user_id"] === userId);
      if (customer === undefined) throw new Error(`${userId} has bought nothing.`);
      this.payers.push({ customerId: customer.id, userId });
    }
    await this.settled();
  }

  async rage(forMs: number): Promise<void> {
    const { sandbox, nodes } = this;
    sandbox.deliveries.set({ ...deliveryFaults, dropVendor: "intercom" });
    plantFaults(sandbox);
    const endMs = performance.now() + forMs;
    await Promise.all([this.#happen(endMs), this.#kill(forMs)]);
    sandbox.faults.clear();
    sandbox.deliveries.set({ duplicateRate: 0, reorderRate: 0, dropRate: 0 });
    await Promise.all(nodes.map((node) => node.ready()));
    await this.settled();
  }

  async pass(seconds: number): Promise<void> {
    const { clock } = this.sandbox;
    await clock.advance(seconds);
    const before = clock.asked;
    // Both nodes ask once a second.
    await eventually(() => clock.asked > before + 2 * this.nodes.length, patience);
    await this.settled();
  }

  async settled(): Promise<void> {
    await eventually(async () => {
      expect({ deliveries: this.#undelivered, ...(await this.#left()) }).toEqual({
        deliveries: 0,
        unfinished: 0,
        turns: [],
        dates: 0,
        effects: [],
      });
    }, patience);
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.remove()));
    await this.#balancer.close();
    await this.sandbox.close();
    await this.home.remove();
  }

  /** Intercom tells a second time only after a minute, and nobody waits for that. */
  get #undelivered(): number {
    return this.sandbox.stripe.world.tables.events.all().reduce((sum, { pending }) => sum + pending, 0);
  }

  /** What is left to do; what Intercom may have done without an answer is looked for during two minutes, and whatever follows waits. */
  async #left(): Promise<object> {
    const { pool } = this.home;
    const nowS = this.sandbox.kernel.clock.nowS();
    const turns = await pool.query<{ what: string }>(
      "select customer_id || ' attempt ' || attempt || ' since ' || wake_at_s as what from rule_turns where wake_at_s <= $1",
      [nowS],
    );
    const dates = await pool.query("select from rule_dates where not fired and fire_at_s <= $1", [nowS]);
    const effects = await pool.query<{ what: string }>(
      `select kind || ' ' || state || ' ' || key || ' ' || coalesce(error_message, '') as what from effects
        where state in ('planned', 'sent', 'unknown') and customer_id not in (${doubtedText})`,
    );
    return {
      unfinished: await countUnfinished(pool),
      turns: turns.rows.map(({ what }) => what),
      dates: dates.rows.length,
      effects: effects.rows.map(({ what }) => what),
    };
  }

  async #happen(endMs: number): Promise<void> {
    const random = this.#random.fork("happenings");
    const payments: Promise<void>[] = [];
    while (performance.now() < endMs) {
      const payer = random.pick(this.payers);
      happenTo(this.sandbox, payer, random);
      // Money that comes just when somebody is about to be written to.
      if (random.next() < 0.4) payments.push(this.#paySoon(payer, random.int(0, 400)));
      await delay(stepMs);
    }
    await Promise.all(payments);
  }

  async #paySoon({ customerId }: Payer, afterMs: number): Promise<void> {
    await delay(afterMs);
    const { scenarios, world } = this.sandbox.stripe;
    const isOpen = world.tables.invoices.find("customer", customerId).some(({ status }) => status === "open");
    if (isOpen) scenarios.paymentSucceeds(customerId);
  }

  async #kill(forMs: number): Promise<void> {
    for (const node of this.nodes) {
      await delay(forMs / 3);
      await node.kill();
      await delay(forMs / 12);
      node.start();
    }
  }
}

/** Customers of whom nobody knows at present what Intercom has done. */
export const doubtedText =
  "select customer_id from effects where state = 'unknown' and looks > 0 and kind in ('message', 'ticket', 'conversation')";

function plantFaults({ faults }: Sandbox): void {
  const intercom = { vendor: "intercom" } as const;
  faults.add({ ...intercom, kind: "reset-after", method: "POST", pathPattern: "^/messages$", rate: 0.05, count: 1 });
  faults.add({ ...intercom, kind: "reset-after", pathPattern: "^/(contacts|tags)", rate: 0.08 });
  faults.add({ ...intercom, kind: "status", status: 500, pathPattern: "^/(contacts|tags)", rate: 0.08 });
  // Whoever is told that it is too much stands still for seconds.
  faults.add({ ...intercom, kind: "status", status: 429, rate: 0.02, count: 1 });
  faults.add({ ...intercom, kind: "status", status: 503, rate: 0.1 });
}

/** Stories cross: the money of one invoice comes while the failure of another is still on its way. */
function happenTo({ stripe, intercom }: Sandbox, { customerId, userId }: Payer, random: Random): void {
  const { scenarios } = stripe;
  const [contact] = intercom.contactsFor({ external_id: userId });
  const dice = random.next();
  try {
    if (dice < 0.6) scenarios.paymentFails(customerId);
    else if (dice < 0.75) scenarios.paymentSucceeds(customerId);
    else if (dice < 0.85) scenarios.addCredit(customerId, 100);
    else if (contact && intercom.messagesTo(contact.id).length > 0) intercom.userReplies(contact.id, "What is this?");
  } catch (error) {
    // Not everything is possible for everybody.
    if (!(error instanceof StripeError)) throw error;
  }
}
