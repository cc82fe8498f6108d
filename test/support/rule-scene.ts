/** Runs the rule worker alone, on a database of its own, with customers and rules that a test makes up and a clock that it moves. */
import type { RulesDocument } from "../../contract/rule.ts";
import { saveDocument } from "../../src/documents/store.ts";
import type { StripeJson } from "../../src/stripe/client.ts";
import type { EffectState } from "../../contract/effect.ts";
import type { CustomerKey } from "../../src/model/customer-key.ts";
import type { CustomerFacts, ObjectCopy } from "../../src/model/stripe-object.ts";
import { Contexts } from "../../src/pipeline/context.ts";
import { ProductCache } from "../../src/pipeline/load-customer.ts";
import type { TextSources } from "../../src/pipeline/rule-texts.ts";
import { RuleWorker, type RuleWorkerSettings } from "../../src/pipeline/rule-worker.ts";
import { RuleBook } from "../../src/pipeline/rules-in-force.ts";
import type { RuleGround } from "../../src/pipeline/run-inputs.ts";
import type { DraftMaker } from "../../src/pipeline/turn.ts";
import type { TurnResult } from "../../src/pipeline/turn-ledger.ts";
import type { Trigger } from "../../src/rules/run.ts";
import { insertMatches, wakeTurns } from "../../src/rules/store.ts";
import { aCopy, anItem, aStripe, aSyncContext, mint, until } from "./builders.ts";
import { storeCopies } from "./company-worker.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";
import { captureLog, type LogEntry } from "./log-capture.ts";
import { aRule, hello } from "./rule-documents.ts";
import { mondayS } from "./rules.ts";

export type RunRow = {
  readonly id: number;
  readonly rule: string;
  readonly version: number;
  readonly mode: string;
  readonly customerId: string;
  readonly state: string;
  readonly onceKey: string | null;
  readonly arm: string | null;
  readonly invoiceId: string | null;
  readonly approval: string;
  readonly draft: string | null;
  readonly endedHow: string | null;
  readonly endedWhy: string | null;
};

export type EffectRow = { readonly key: string; readonly state: EffectState; readonly effect: StripeJson };

export type StepRow = {
  readonly path: string;
  readonly kind: string;
  readonly result: string;
  readonly detail: string | null;
};

/** What of a rule matters; it is live, and triggered by hand, unless it says otherwise. */
export type RuleParts = Readonly<Record<string, unknown>>;

type Started = { readonly worker: RuleWorker; readonly turns: readonly TurnResult[] };

/** A node's part of the work. Open one for a file; let each test mint its customers. */
export class RuleScene {
  readonly database: TestDatabase;
  readonly ground: RuleGround;
  readonly book: RuleBook;
  readonly worker: RuleWorker;
  /** What the turns have come to, oldest first. */
  readonly turns: readonly TurnResult[];
  readonly logged: () => readonly LogEntry[];
  /** Links and savings that texts get. */
  sources: TextSources = { link: async (purpose) => `https://example.com/${purpose}`, saving: async () => null };
  /** What a model makes of messages. */
  draft: DraftMaker = async ({ body }) => ({ text: body, byModel: false, why: "There is no model." });
  /** For whom texts asked for them last. */
  spokenTo: CustomerKey | undefined;
  #nowS = mondayS;
  readonly #ending = new AbortController();
  readonly #more: RuleWorker[] = [];

  private constructor(database: TestDatabase, accounts: readonly string[]) {
    this.database = database;
    const { pool } = database;
    const { log, entries } = captureLog();
    this.logged = entries;
    this.book = new RuleBook({ pool, log, signal: this.#ending.signal });
    const stripe = aStripe(() => ({ object: null, answeredS: this.#nowS })).client;
    const rules = { now: () => this.book.current, nowMs: this.nowMs };
    const contexts = accounts.map((account) => aSyncContext({ account, pool, log, stripe, rules }));
    this.ground = { contexts: new Contexts(contexts), products: new ProductCache() };
    const { worker, turns } = this.#start("w1");
    this.worker = worker;
    this.turns = turns;
  }

  /** Opens it, with a product that everybody has, and Stripe accounts beside the main one. */
  static async open(more: readonly string[] = []): Promise<RuleScene> {
    const accounts = ["main", ...more];
    const scene = new RuleScene(await createTestDatabase(), accounts);
    const { pool } = scene.database;
    for (const account of accounts) {
      await pool.query("insert into connections (vendor, account) values ('stripe', $1)", [account]);
      const copies = [aCopy("product", {}, { id: "prod_1" }), aCopy("price", {}, { id: "price_1" })];
      await storeCopies(pool, copies, account);
    }
    return scene;
  }

  async close(): Promise<void> {
    await Promise.all([this.worker, ...this.#more].map((worker) => worker.stop()));
    this.#ending.abort();
    await this.book.watching;
    await this.database.drop();
  }

  #start(name: string, parts: Partial<RuleWorkerSettings> = {}): Started {
    const turns: TurnResult[] = [];
    const nothing = (): undefined => undefined;
    const worker = new RuleWorker({
      ground: this.ground,
      book: this.book,
      nowMs: this.nowMs,
      heed: (happenedMs) => void (this.#nowS = Math.max(this.#nowS, Math.floor(happenedMs / 1000))),
      worker: name,
      sources: ({ customer }) => {
        this.spokenTo = customer;
        return this.sources;
      },
      draft: (order) => this.draft(order),
      onKept: async () => undefined,
      onPlanned: nothing,
      onQueued: nothing,
      onStopped: nothing,
      onTurn: (_turn, result) => void turns.push(result),
      ...parts,
    });
    worker.start();
    return { worker, turns };
  }

  /** Another worker on the same database. */
  another(name: string, parts: Partial<RuleWorkerSettings> = {}): Started {
    const started = this.#start(name, parts);
    this.#more.push(started.worker);
    return started;
  }

  /** The clock that rules go by. */
  readonly nowMs = (): number => this.#nowS * 1000;

  get nowS(): number {
    return this.#nowS;
  }

  /** Time goes by. */
  pass(seconds: number): void {
    this.#nowS += seconds;
  }

  /** Saves the next version of the rules and puts it in force. */
  async save(rules: readonly RuleParts[], document: Partial<Record<keyof RulesDocument, unknown>> = {}): Promise<void> {
    const { pool } = this.database;
    const whole = rules.map((parts) => aRule({ mode: "live", ...parts }));
    const body = { version: 1, texts: { hello }, caps: {}, rules: whole, ...document };
    await saveDocument(pool, { kind: "rules", body, basedOn: this.book.current.rules.version, by: "test" });
    await this.book.reload();
  }

  /** A customer with a subscription. Answers the id. */
  async customer(
    facts: Partial<CustomerFacts> = {},
    more: (id: string) => readonly ObjectCopy[] = () => [],
    account = "main",
  ): Promise<string> {
    const id = mint("cus");
    await this.storeIn(
      account,
      aCopy("customer", facts, { id, customerId: id }),
      aCopy("subscription", { items: [anItem()] }, { id: `sub_${id}`, customerId: id }),
      ...more(id),
    );
    return id;
  }

  /** Stripe has told of these. */
  async store(...copies: readonly ObjectCopy[]): Promise<void> {
    await this.storeIn("main", ...copies);
  }

  /** An account of Stripe's has told of these. */
  async storeIn(account: string, ...copies: readonly ObjectCopy[]): Promise<void> {
    await storeCopies(this.database.pool, copies, account);
  }

  /** Something is a reason for a rule to look at a customer. */
  async match(
    customerId: string,
    { account = "main", ...trigger }: Partial<Trigger> & { readonly account?: string } = {},
    rule = "one",
  ): Promise<void> {
    const manual = { kind: "manual", name: "manual", objectId: null, occurredAtS: this.#nowS, facts: {} } as const;
    const { rules } = this.book.current;
    const mode = rules.byName.get(rule)?.rule.mode === "shadow" ? "shadow" : "live";
    await insertMatches(this.database.pool, [
      {
        account,
        customerId,
        rule,
        version: rules.version,
        mode,
        trigger: { ...manual, key: mint("manual:"), ...trigger },
        nowS: this.#nowS,
      },
    ]);
  }

  /** Resolves when no turn is due any more. */
  async settle(): Promise<void> {
    this.worker.wake();
    const text = "select 1 from rule_turns where wake_at_s <= $1 or leased_by is not null";
    await until(async () => (await this.database.pool.query(text, [this.#nowS])).rowCount === 0);
  }

  /** Something is a reason, and all that follows from it at once. */
  async trigger(customerId: string, trigger: Partial<Trigger> = {}, rule = "one"): Promise<readonly RunRow[]> {
    await this.match(customerId, trigger, rule);
    await this.settle();
    return this.runs(customerId);
  }

  /** Somebody's runs, oldest first. */
  async runs(customerId: string): Promise<readonly RunRow[]> {
    const text = `select id, rule, version, mode, customer_id as "customerId", state, once_key as "onceKey", arm,
      invoice_id as "invoiceId", approval, draft, ended_how as "endedHow", ended_why as "endedWhy"
      from rule_runs where customer_id = $1 order by id`;
    return (await this.database.pool.query<RunRow>(text, [customerId])).rows;
  }

  /** How each of somebody's runs stands, in a word: its state, or how it ended. */
  async standings(customerId: string): Promise<readonly string[]> {
    return (await this.runs(customerId)).map(({ state, endedHow }) => endedHow ?? state);
  }

  /** What is recorded of somebody's runs, in the order of instructions. */
  async steps(customerId: string): Promise<readonly StepRow[]> {
    const text = `select path, kind, result, detail from rule_steps where customer_id = $1 order by run_id, at, kind`;
    return (await this.database.pool.query<StepRow>(text, [customerId])).rows;
  }

  /** What the ledger has for somebody, in order. */
  async effects(customerId: string): Promise<readonly EffectRow[]> {
    const text = "select key, state, body from effects where customer_id = $1 order by id";
    const { rows } = await this.database.pool.query<{ key: string; state: EffectState; body: string }>(text, [
      customerId,
    ]);
    return rows.map(({ key, state, body }) => ({ key, state, effect: objectOf(body) }));
  }

  /** The kinds of what the ledger has for somebody. */
  async kinds(customerId: string): Promise<readonly unknown[]> {
    return (await this.effects(customerId)).map(({ effect }) => effect["kind"]);
  }

  /** Everything of somebody's that is open in the ledger ends so, and the runs go on. */
  async effectsEnd(customerId: string, state: EffectState = "confirmed"): Promise<void> {
    const text = `update effects set state = $2, ended_at = to_timestamp($3) where customer_id = $1 and state in ('planned', 'sent')`;
    await this.database.pool.query(text, [customerId, state, this.#nowS]);
    await this.lookAt({ account: "main", customerId });
  }

  /** Has the runs of somebody looked at, as when something has become of what they wait for. */
  async lookAt(customer: CustomerKey): Promise<void> {
    await wakeTurns(this.database.pool, [customer]);
    await this.settle();
  }

  /** What rules have set on somebody, by name. */
  async attributes(customerId: string): Promise<Readonly<Record<string, unknown>>> {
    const text = "select name, value from rule_attributes where customer_id = $1 order by name";
    const { rows } = await this.database.pool.query<{ name: string; value: string }>(text, [customerId]);
    return Object.fromEntries(rows.map(({ name, value }): [string, unknown] => [name, JSON.parse(value)]));
  }
}

function objectOf(text: string): StripeJson {
  const value: StripeJson = JSON.parse(text);
  return value;
}
