import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { anEvent, bodyOf } from "../../../test/support/builders.ts";
import { deedsOf, rulesOf } from "../../../test/support/simulation.ts";
import { singleTransaction } from "../../db/transaction.ts";
import { saveDocument } from "../../documents/store.ts";
import { presetMapping } from "../../mapping/default-document.ts";
import type { StripeEvent } from "../../model/stripe-event.ts";
import { compileRules } from "../../rules/compile.ts";
import type { CompiledRules } from "../../rules/program.ts";
import { EventReceiver } from "../receive-event.ts";
import { loadRulesVersion } from "../rules-in-force.ts";
import { ruleVocabulary } from "../rule-vocabulary.ts";
import { interestOf } from "./interest.ts";
import { readPeople } from "./journal.ts";
import { simulate, type SimulationSettings } from "./simulate.ts";

const startS = 1_780_000_000;
const dayS = 86_400;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  const receiver = new EventReceiver({ account: "main", pool, settleMs: 0, onCommitted: () => undefined });
  for (const who of [1, 2, 3]) {
    for (const event of lifeOf(who)) await receiver.receive({ event, body: bodyOf(event), came: "webhook" });
  }
  await pool.query(
    `insert into identities (account, customer_id, state, contact_id, inputs) values ('main', 'cus_1', 'linked', 'contact1', '[]')`,
  );
  await pool.query(
    `insert into identities (account, customer_id, state, inputs, leader_account, leader_id) values ('main', 'cus_2', 'linked', '[]', 'main', 'cus_1')`,
  );
  await pool.query(
    `insert into signals (contact_id, id, kind, conversation_id, at_s, source) values ('contact1', 'n1', 'replied', '77', $1, 'notification')`,
    [startS + 11 * dayS],
  );
});
afterAll(() => database.drop());

function lifeOf(who: number): readonly StripeEvent[] {
  const id = `cus_${who}`;
  const failedS = startS + 10 * dayS + who;
  const charge = { object: "charge", customer: id, amount: 1000, currency: "eur" };
  return [
    anEvent({
      type: "customer.created",
      createdS: startS,
      object: { id, object: "customer", name: `Person ${who}`, created: startS },
    }),
    anEvent({
      type: "charge.failed",
      createdS: failedS,
      object: { ...charge, id: `ch_${who}`, status: "failed", created: failedS },
    }),
    anEvent({
      type: "charge.succeeded",
      createdS: failedS + 5 * dayS,
      object: { ...charge, id: `ch_${who}b`, status: "succeeded", captured: true, created: failedS + 5 * dayS },
    }),
  ];
}

function rulesWith(wait: string): CompiledRules {
  const document = rulesOf({
    version: 1,
    texts: { failed: { en: { body: "Hi {{ customer.name }}" } } },
    caps: {},
    rules: [
      {
        name: "churn",
        description: "Tells about a failed payment.",
        purpose: "To be tested.",
        on: { moment: "payment_failed" },
        quietHours: "none",
        steps: [
          { message: { channel: "chat", text: "failed" } },
          { wait: { for: wait, orReply: true } },
          parse(`branch: [{ if: run.last_wait == "time", then: [{ tag: Silent }] }]`),
        ],
      },
    ],
  });
  return compileRules(document, ruleVocabulary, 0);
}

function settings(): SimulationSettings {
  const { pool, config } = database;
  return { pool, database: config, mapping: presetMapping("stripe"), nowS: startS + 30 * dayS };
}

describe("simulate", () => {
  it("takes the rules through what is recorded, person by person", async () => {
    const result = await simulate(rulesWith("2 days"), { days: 30 }, settings());
    const [rule] = result.rules;
    expect(result.people).toBe(2);
    expect(result.journal).toMatchObject({ events: 9, read: 9, sinceS: startS });
    expect(rule).toMatchObject({
      hits: 3,
      exact: 3,
      people: 2,
      messages: { chat: 3, email: 0 },
      perPerson: { max: 2 },
    });
    // The person of two customers answered, the other one did not.
    expect(deedsOf(result).filter(({ kind }) => kind === "tag")).toMatchObject([
      { customerId: "cus_3", atS: startS + 12 * dayS + 3 },
    ]);
    expect(rule?.samples.map(({ label }) => label)).toContain("Person 3");
  });

  it("gives each person to one reader of several", async () => {
    const read: string[] = [];
    for (const index of [0, 1, 2]) {
      await singleTransaction(database.pool, async (tx) => {
        const interest = interestOf(rulesWith("2 days").rules);
        const part = { index, of: 3 };
        for await (const people of readPeople(tx, { fromS: startS, toS: startS + 30 * dayS, part, interest })) {
          for (const { leader, customers, events } of people) {
            read.push(`${leader.customerId}: ${customers.length} customers, ${events.length} events`);
          }
        }
      });
    }
    expect(read.toSorted((a, b) => a.localeCompare(b))).toEqual([
      "cus_1: 2 customers, 6 events",
      "cus_3: 1 customers, 3 events",
    ]);
  });

  it("says the same however many readers share the work", async () => {
    const one = await simulate(rulesWith("2 days"), { days: 30 }, { ...settings(), threads: 1 });
    const three = await simulate(rulesWith("2 days"), { days: 30 }, { ...settings(), threads: 3 });
    expect({ ...three, tookMs: 0 }).toEqual({ ...one, tookMs: 0 });
  });

  it("puts a saved version beside the draft", async () => {
    const { document } = rulesWith("3 days");
    const version = await saveDocument(database.pool, { kind: "rules", body: document, basedOn: 0, by: "test" });
    const against = await loadRulesVersion(database.pool, version);
    const { comparison } = await simulate(rulesWith("2 days"), { days: 30, against }, settings());
    expect(comparison).toMatchObject({
      version,
      rules: [{ rule: "churn", both: 3, differently: 1, onlyHere: 0, onlyThere: 0 }],
    });
  });

  it("sees only the stretch that is asked for", async () => {
    const result = await simulate(rulesWith("2 days"), { days: 15 }, settings());
    expect(result.rules[0]).toMatchObject({ hits: 0 });
  });

  it("tells how far it is, and ends when it is called off", async () => {
    const told: number[] = [];
    await simulate(rulesWith("2 days"), { days: 30 }, { ...settings(), onProgress: ({ people }) => told.push(people) });
    expect(told.at(-1)).toBe(2);
    const off = simulate(
      rulesWith("2 days"),
      { days: 30 },
      { ...settings(), signal: AbortSignal.abort(new Error("called off")) },
    );
    await expect(off).rejects.toThrow("called off");
  });
});
