import fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { simulationLine } from "../../contract/simulation.ts";
import { anEvent, bodyOf } from "../../test/support/builders.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import type { DatabaseConfig } from "../db/pool.ts";
import { presetMapping } from "../mapping/default-document.ts";
import { EventReceiver } from "../pipeline/receive-event.ts";
import { answerFailures } from "./failure.ts";
import { addSimulations } from "./simulations.ts";

const startS = 1_780_000_000;

const rule = {
  name: "welcome",
  description: "Greets.",
  purpose: "To be tested.",
  on: { moment: "payment_succeeded" },
  quietHours: "none",
  steps: [{ tag: "Paid" }],
};

const document = { version: 1, rules: [rule] };

let database: TestDatabase;
let server: FastifyInstance;

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool, config } = database;
  const receiver = new EventReceiver({ account: "main", pool, settleMs: 0, onCommitted: () => undefined });
  const customer = { id: "cus_1", object: "customer", created: startS };
  const charge = { id: "ch_1", object: "charge", customer: "cus_1", status: "succeeded", captured: true, amount: 100 };
  const events = [
    anEvent({ type: "customer.created", createdS: startS, object: customer }),
    anEvent({
      type: "charge.succeeded",
      createdS: startS + 60,
      object: { ...charge, currency: "eur", created: startS + 60 },
    }),
  ];
  for (const event of events) await receiver.receive({ event, body: bodyOf(event), came: "webhook" });
  server = serverOn(config);
});

/** A server that simulates on this database. */
function serverOn(config: DatabaseConfig): FastifyInstance {
  const made = fastify();
  answerFailures(made);
  const mapping = presetMapping("stripe");
  addSimulations(made, {
    pool: database.pool,
    database: config,
    mapping: () => Promise.resolve(mapping),
    reporting: undefined,
    nowMs: () => (startS + 86_400) * 1000,
  });
  return made;
}

afterAll(async () => {
  await server.close();
  await database.drop();
});

describe("the door of simulations", () => {
  it("tells how far it is and then the result, a line of JSON each", async () => {
    const answer = await server.inject({ method: "POST", url: "/api/rules/simulate", payload: { document, days: 10 } });
    expect(answer.headers["content-type"]).toBe("application/x-ndjson");
    const lines = answer.body
      .trim()
      .split("\n")
      .map((line) => simulationLine.parse(JSON.parse(line)));
    expect(lines.at(0)).toHaveProperty("progress");
    expect(lines.at(-1)).toMatchObject({
      result: { people: 1, rules: [{ rule: "welcome", hits: 1, deeds: { tag: 1 } }] },
    });
  });

  it("refuses what cannot be simulated before it begins", async () => {
    const wrong = { document: { version: 1, rules: [{ ...rule, on: { moment: "no_such" } }] } };
    expect(await codeOf(wrong)).toEqual([400, "RULES_INVALID"]);
    const answer = await server.inject({ method: "POST", url: "/api/rules/simulate", payload: wrong });
    expect(answer.json()).toMatchObject({
      error: { problems: [{ code: "RULE_MOMENT_UNKNOWN", path: "rules[0].on.moment", severity: "error" }] },
    });
    expect(await codeOf({ document, rule: "other" })).toEqual([404, "RULE_UNKNOWN"]);
    expect(await codeOf({ document, against: 7 })).toEqual([404, "DOCUMENT_UNKNOWN"]);
    expect((await codeOf({ days: 0 }))[0]).toBe(400);
  });

  it("tells of what goes wrong later in a line", async () => {
    const unreachable = serverOn({ kind: "url", url: "postgres://127.0.0.1:1/none" });
    const answer = await unreachable.inject({ method: "POST", url: "/api/rules/simulate", payload: { document } });
    await unreachable.close();
    expect([answer.statusCode, answer.body]).toEqual([200, expect.stringContaining('{"error":{"code":"')]);
  });

  it("does one at a time", async () => {
    const payload = { document, days: 10 };
    const both = await Promise.all(
      [0, 1].map(() => server.inject({ method: "POST", url: "/api/rules/simulate", payload })),
    );
    expect(both.map(({ statusCode }) => statusCode).toSorted((a, b) => a - b)).toEqual([200, 409]);
  });
});

const failure = z.object({ error: z.object({ code: z.string() }) });

async function codeOf(payload: object): Promise<readonly [number, string]> {
  const answer = await server.inject({ method: "POST", url: "/api/rules/simulate", payload });
  return [answer.statusCode, failure.parse(answer.json()).error.code];
}
