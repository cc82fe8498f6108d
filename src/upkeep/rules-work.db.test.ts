/** What a node has for rules: the book, the clock, and what texts fetch. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { systemClock } from "../lib/clock.ts";
import { aStripe, mint } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { captureLog, type LogCapture } from "../../test/support/log-capture.ts";
import { aDocument } from "../../test/support/rule-documents.ts";
import { mondayS } from "../../test/support/rules.ts";
import { saveDocument } from "../documents/store.ts";
import { transaction } from "../db/transaction.ts";
import { AppError } from "../model/error.ts";
import type { Pool } from "../db/pool.ts";
import type { TextSources } from "../pipeline/rule-texts.ts";
import { RulesWork } from "./rules-work.ts";

let database: TestDatabase;
let capture: LogCapture;
const ending = new AbortController();
const links = { secret: "the secret of this test's links", baseUrl: "https://dunlin.example" };

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(() => {
  capture = captureLog();
});
afterAll(async () => {
  ending.abort();
  await database.drop();
});

function work(pool: Pool = database.pool): RulesWork {
  const { client } = aStripe(() => ({ object: null, answeredS: 0 }));
  const savings = { pool, stripe: () => client, confirm: false } as const;
  return new RulesWork({ pool, log: capture.log, signal: ending.signal, savings });
}

function sourcesOf(rules: RulesWork, customerId: string): TextSources {
  return rules.sources({ customer: { account: "main", customerId } });
}

describe("the clock of rules", () => {
  it("is the machine's until another one is given", () => {
    const rules = work();
    expect(Math.abs(rules.nowMs() - Date.now())).toBeLessThan(5_000);
    rules.goBy({ clock: { ...systemClock, nowMs: () => mondayS * 1000 }, links: null });

    expect(rules.nowMs()).toBe(mondayS * 1000);
    expect(rules.atWork.nowMs()).toBe(mondayS * 1000);
    expect(rules.linkMaker.nowMs()).toBe(mondayS * 1000);
    expect(rules.links.nowMs()).toBe(mondayS * 1000);
  });
});

describe("what texts fetch", () => {
  it("has links where customers can reach the server, and none elsewhere", async () => {
    const rules = work();
    const { link } = sourcesOf(rules, mint("cus"));
    expect(await link("try_again")).toBeNull();
    rules.goBy({ clock: { ...systemClock, nowMs: () => mondayS * 1000 }, links });

    expect(await link("try_again")).toMatch(/^https:\/\/dunlin\.example\//);
    expect(await link("switch_plan")).not.toBe(await link("try_again"));
  });

  it("leaves a saving out that cannot be told, and says so", async () => {
    const customerId = mint("cus");
    expect(await sourcesOf(work(), customerId).saving()).toBeNull();

    expect(capture.entries()).toMatchObject([{ level: "warn", customerId, code: "CUSTOMER_UNKNOWN" }]);
  });

  it("passes on trouble that passes, so that the message waits", async () => {
    class Away extends AppError {
      readonly code = "DATABASE_UNAVAILABLE";
      readonly kind = "transient";
    }
    const broken = { query: () => Promise.reject(new Away("Away.")) };
    const rules = work(Object.assign(Object.create(database.pool), broken));

    await expect(sourcesOf(rules, mint("cus")).saving()).rejects.toThrow("Away.");
  });
});

describe("the name of the business", () => {
  it("is known to links once the rules say it", async () => {
    const rules = work();
    const { businessName } = rules.links;
    await rules.book.reload();
    expect(await businessName()).toBeNull();

    const body = aDocument({ mode: "live", on: { signal: "replied" } }, { business: { name: "Lapwing" } });
    await saveDocument(database.pool, { kind: "rules", body, basedOn: 0, by: "test" });
    await rules.book.reload();
    expect(await businessName()).toBe("Lapwing");
  });
});

describe("what people do in Intercom", () => {
  it("begins runs of rules that wait for it, and has those looked at that are open", async () => {
    const rules = work();
    await rules.book.reload();
    const [answering, tagging] = [mint("cus"), mint("cus")];
    const signal = (kind: "replied" | "tagged", customerId: string) => ({
      id: mint("notif"),
      kind,
      contactId: mint("contact"),
      conversationId: kind === "replied" ? "215" : null,
      tag: kind === "tagged" ? "VIP" : null,
      atS: mondayS,
      source: "notification" as const,
      customer: { account: "main", customerId },
    });
    await database.pool.query(
      "insert into rule_turns (account, customer_id, wake_at_s) values ('main', $1, 9999999999)",
      [tagging],
    );
    await transaction(database.pool, (tx) =>
      rules.onKept(tx, [signal("replied", answering), signal("tagged", tagging)]),
    );

    const runs = await database.pool.query("select customer_id, trigger_key like 'signal:%' as known from rule_runs");
    expect(runs.rows).toEqual([{ customer_id: answering, known: true }]);
    const turns = await database.pool.query("select customer_id, wake_at_s from rule_turns order by customer_id");
    expect(turns.rows).toEqual([answering, tagging].map((customer_id) => ({ customer_id, wake_at_s: 0 })));
  });
});
