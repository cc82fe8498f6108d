/** The doors of rules over a database of their own: as the page and programs meet them. */
import fastify from "fastify";
import type { z } from "zod";
import { run } from "../../contract/rules-api.ts";
import { answerFailures } from "../../src/http/failure.ts";
import { addRecipes } from "../../src/http/recipes.ts";
import { addRules } from "../../src/http/rules.ts";
import { addRuns } from "../../src/http/runs.ts";
import { presetMapping } from "../../src/mapping/default-document.ts";
import { createTestDatabase, type TestDatabase } from "./database.ts";

/** The second at which everything begins. */
export const nowS = 1_800_000_000;

export const callBack = {
  name: "call-back",
  description: "Somebody calls the customer back.",
  purpose: "Help people who ask for it.",
  mode: "live",
  on: { manual: true },
  oncePer: "object",
  steps: [{ tag: "Call-Back" }, { wait: { for: "30 days" } }, { untag: "Call-Back" }],
};
export const vip = {
  name: "vip",
  description: "Marks who pays much.",
  purpose: "Route those who pay much.",
  on: { becomes: "profile.total_paid > 500.0 && profile.total_paid_currency == 'EUR'" },
  steps: [{ set: { attribute: "vip", type: "boolean", value: true } }],
};
export const document = { version: 1, rules: [callBack, vip] };

type Answer = { readonly status: number; readonly body: unknown };
type Call = readonly [method: "GET" | "POST" | "PUT", url: string, payload?: object];

export type RulesDoors = {
  readonly pool: TestDatabase["pool"];
  /** How often others were told: of another version, of runs to look at. */
  readonly told: { changed: number; woken: number };
  readonly call: (...call: Call) => Promise<Answer>;
  readonly read: <T>(schema: z.ZodType<T>, ...call: Call) => Promise<T>;
  readonly save: (basedOn?: number, body?: object) => Promise<Answer>;
  /** Asks for a run of `call-back`, a second after the former one; its number. */
  readonly trigger: (customer: string) => Promise<number>;
  readonly empty: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** What is answered when something is refused. */
export const failure = (code: string, status: number): object => ({ status, body: { error: { code } } });

/** Opens the doors; cus_1 and cus_2 are known. */
export async function openRulesDoors(): Promise<RulesDoors> {
  const database = await createTestDatabase();
  const { pool } = database;
  await pool.query(
    `insert into stripe_objects (account, id, kind, customer_id, as_of_s, rev, origin, facts)
      values ('main', 'cus_1', 'customer', 'cus_1', 1, 1, 'read', '{}'), ('main', 'cus_2', 'customer', 'cus_2', 1, 1, 'read', '{}')`,
  );
  const told = { changed: 0, woken: 0 };
  let clockS = nowS;
  const server = fastify();
  answerFailures(server);
  const door = {
    pool,
    mapping: () => Promise.resolve(presetMapping("stripe")),
    leave: {},
    contexts: () => undefined,
    nowMs: () => clockS * 1000,
    onChanged: async () => void (told.changed += 1),
    onWoken: () => void (told.woken += 1),
  };
  for (const add of [addRules, addRuns, addRecipes]) add(server, door);
  const call = async (...[method, url, payload]: Call): Promise<Answer> => {
    const answer = await server.inject({ method, url, ...(payload ? { payload } : {}) });
    return { status: answer.statusCode, body: answer.json() };
  };
  return {
    pool,
    told,
    call,
    read: async (schema, ...asked) => schema.parse((await call(...asked)).body),
    save: (basedOn = 0, body = document) => call("PUT", "/api/rules", { document: body, basedOn }),
    trigger: async (customer) => {
      const { body } = await call("POST", "/api/rules/trigger", { rule: "call-back", customer });
      clockS += 1;
      return run.array().parse(Object(body).runs)[0]?.id ?? 0;
    },
    empty: async () => {
      Object.assign(told, { changed: 0, woken: 0 });
      clockS = nowS;
      await pool.query(
        "truncate documents, rule_runs, rule_steps, rule_turns, rule_stops, rule_attributes, sync_jobs, effects restart identity",
      );
    },
    close: async () => {
      await server.close();
      await database.drop();
    },
  };
}
