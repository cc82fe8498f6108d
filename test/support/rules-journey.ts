/** The stage of a rules journey: a sandbox and a server with rules in force, whose time can be moved together. */
import { expect } from "vitest";
import { rulesBoard } from "../../contract/rules-api.ts";
import type { Sandbox, SandboxOptions } from "../../sandbox/sandbox.ts";
import { createHome, listDeadLetters, type Home } from "./home.ts";
import { Person } from "./rules-person.ts";
import { openSandbox, stripeOf } from "./sandbox.ts";
import { startDunlin, type Dunlin, type Settings } from "./server.ts";
import { eventually } from "./wait.ts";

/** So much time; parts are added up. */
export type Span = {
  readonly days?: number;
  readonly hours?: number;
  readonly minutes?: number;
  readonly seconds?: number;
};

/** Somebody who buys, or tries, a plan. */
export type Newcomer = {
  /** Names the customer, the contact and their address; letters and digits. */
  readonly name: string;
  readonly language?: "en" | "de";
  /** ISO code; Germany without it. */
  readonly country?: string;
  /** `none`: only with a trial, or without a plan. */
  readonly pays?: "card" | "sepa_debit" | "none";
  /** The lookup key of a price, or null for nothing; Team monthly in EUR without it. */
  readonly plan?: string | null;
  readonly trialDays?: number;
};

export type StageOptions = {
  readonly sandbox?: SandboxOptions;
  /** `now` where savings and pushed usage count, which go by the machine's time; else a Monday in June. */
  readonly begins?: "now" | "june";
  readonly env?: Settings;
};

/** Parts of a rules document; what is left out is as the format has it. */
export type DocumentParts = Readonly<Record<string, unknown>>;

const daySeconds = 86_400;
const patience = { withinMs: 30_000, everyMs: 50 };

/** Opens a stage without rules; close it afterwards. */
export async function openStage(options: StageOptions = {}): Promise<Stage> {
  const [sandbox, home] = await Promise.all([openSandbox({ customers: 1, ...options.sandbox }), createHome()]);
  const env = { SANDBOX_CLOCK: "follow", ...options.env };
  try {
    if (options.begins !== "now")
      await sandbox.clock.advance(beginsMs(Date.now()) / 1000 - sandbox.kernel.clock.nowS());
    const dunlin = await startDunlin({ sandbox, home, env });
    const stage = new Stage({ sandbox, home, dunlin, env });
    await stage.settled();
    return stage;
  } catch (error) {
    await sandbox.close();
    await home.remove();
    throw error;
  }
}

/**
 * The next first Monday of June, nine o'clock in UTC: no night, weekend, holiday or change of clocks is near, at whatever hour and on
 * whatever day the tests are run.
 */
function beginsMs(nowMs: number): number {
  const year = new Date(nowMs).getUTCFullYear();
  const mondays = [year, year + 1].map((ofYear) => {
    const firstMs = Date.UTC(ofYear, 5, 1, 9);
    return firstMs + ((8 - new Date(firstMs).getUTCDay()) % 7) * daySeconds * 1000;
  });
  return mondays.find((mondayMs) => mondayMs > nowMs) ?? nowMs;
}

type Parts = { readonly sandbox: Sandbox; readonly home: Home; readonly dunlin: Dunlin; readonly env: Settings };

export class Stage {
  readonly sandbox: Sandbox;
  readonly home: Home;
  readonly #env: Settings;
  #dunlin: Dunlin;

  constructor({ sandbox, home, dunlin, env }: Parts) {
    this.sandbox = sandbox;
    this.home = home;
    this.#dunlin = dunlin;
    this.#env = env;
  }

  get dunlin(): Dunlin {
    return this.#dunlin;
  }

  /** Ids in the sandbox's Intercom that rules name. */
  get team(): string {
    return this.sandbox.intercom.teamIds()[0] ?? "";
  }

  get teammate(): string {
    return this.sandbox.intercom.adminIds()[0] ?? "";
  }

  get ticketType(): string {
    return this.sandbox.intercom.ticketTypes()[0]?.id ?? "";
  }

  get nowS(): number {
    return this.sandbox.kernel.clock.nowS();
  }

  call(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<Response> {
    const headers = { "content-type": "application/json" };
    return fetch(new URL(path, this.#dunlin.url), { method, ...(body ? { headers, body: JSON.stringify(body) } : {}) });
  }

  /** Puts a document in force, as PUT /api/rules does. */
  async apply(document: DocumentParts): Promise<void> {
    const board = rulesBoard.parse(await (await this.call("GET", "/api/rules")).json());
    const order = { document: { version: 1, ...document }, basedOn: board.version, note: "journey" };
    const saved = await this.call("PUT", "/api/rules", order);
    expect([saved.status, saved.ok ? "" : await saved.text()]).toEqual([200, ""]);
    await this.settled();
  }

  /** Somebody new, known in Intercom by their user id, and settled. */
  async newcomer(options: Newcomer): Promise<Person> {
    const person = await enrol(this.sandbox, options);
    await this.settled();
    return person;
  }

  /** Somebody whom Stripe knows already. */
  person(customerId: string, userId: string): Person {
    return new Person(this.sandbox, { customerId, userId });
  }

  /** Lets time pass at Stripe, at Intercom and for the rules, and waits until all that became due is done. */
  async pass(span: Span): Promise<void> {
    await this.#isStill();
    await this.sandbox.clock.advance(secondsOf(span));
    await this.#followed();
    await this.settled();
  }

  /** The same in steps, so that what falls due on the way happens in its order. */
  async passSlowly(span: Span, step: Span = { hours: 12 }): Promise<void> {
    let left = secondsOf(span);
    while (left > 0) {
      const now = Math.min(left, secondsOf(step));
      await this.pass({ seconds: now });
      left -= now;
    }
  }

  /** No call waits for its answer, and no run is about to go on: hours do not pass in the middle of that. */
  async #isStill(): Promise<void> {
    const text = `select 1 from rule_turns where wake_at_s <= $1 union all select 1 from effects where state = 'sent'`;
    await eventually(async () => {
      expect((await this.home.pool.query(text, [this.nowS])).rowCount).toBe(0);
    }, patience);
  }

  /** The server has asked for the time since it was moved. */
  async #followed(): Promise<void> {
    const { clock } = this.sandbox;
    const before = clock.asked;
    if (before > 0) await eventually(() => clock.asked > before, patience);
  }

  /** Resolves when everything that was told has arrived, and nothing that is due is left to do. */
  async settled(): Promise<void> {
    await eventually(async () => {
      await this.#dunlin.settled(patience.withinMs);
      expect(await this.#due()).toEqual({ turns: 0, dates: 0, effects: 0, deliveries: 0 });
      return true;
    }, patience);
  }

  async #due(): Promise<object> {
    const { rows } = await this.home.pool.query<{ turns: number; dates: number; effects: number }>(
      `select
        (select count(*) from rule_turns where wake_at_s <= $1)::int as turns,
        (select count(*) from rule_dates where not fired and fire_at_s <= $1)::int as dates,
        (select count(*) from effects where state in ('planned', 'sent', 'unknown'))::int as effects`,
      [this.nowS],
    );
    return { ...rows[0], deliveries: this.sandbox.deliveries.pending };
  }

  /** What waits for a person; a journey that ends well leaves nothing. */
  deadLetters(): Promise<readonly string[]> {
    return listDeadLetters(this.home.pool);
  }

  /** Stops the server, does something meanwhile, and starts it again at the same address. */
  async restart(meanwhile: () => void | Promise<void> = () => {}): Promise<void> {
    const { port } = this.#dunlin;
    await this.#dunlin.stop();
    await meanwhile();
    this.#dunlin = await startDunlin({ sandbox: this.sandbox, home: this.home, env: this.#env, port });
  }

  async close(): Promise<void> {
    await this.#dunlin.stop();
    await this.sandbox.close();
    await this.home.remove();
  }
}

function secondsOf({ days = 0, hours = 0, minutes = 0, seconds = 0 }: Span): number {
  return days * daySeconds + hours * 3_600 + minutes * 60 + seconds;
}

/** A payer of each kind whom the bank believes. */
const methods = {
  card: { payment_method: "pm_card_visa" },
  sepa_debit: { payment_method: "pm_sepaDebit" },
} as const;

async function enrol(sandbox: Sandbox, newcomer: Newcomer): Promise<Person> {
  const { name, language = "en", country = "DE", pays = "card", plan = "team_month_eur", trialDays } = newcomer;
  const stripe = stripeOf(sandbox);
  const userId = `user_${name.toLowerCase()}`;
  const { id: customerId } = await stripe.customers.create({
    name: `${name} Example`,
    email: `${name.toLowerCase()}@example.com`,
    preferred_locales: [language],
    address: { country },
    metadata: { user_id: userId },
  });
  if (pays !== "none") {
    const { id } = await stripe.paymentMethods.attach(methods[pays].payment_method, { customer: customerId });
    await stripe.customers.update(customerId, { invoice_settings: { default_payment_method: id } });
  }
  if (plan !== null) {
    const { data } = await stripe.prices.list({ lookup_keys: [plan] });
    const price = data[0]?.id;
    if (price === undefined) throw new Error(`There is no price with the lookup key ${plan}.`);
    const trial =
      trialDays === undefined
        ? {}
        : {
            trial_period_days: trialDays,
            trial_settings: { end_behavior: { missing_payment_method: "cancel" as const } },
          };
    await stripe.subscriptions.create({ customer: customerId, items: [{ price }], ...trial });
  }
  return new Person(sandbox, { customerId, userId });
}
