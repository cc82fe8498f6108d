/** The lines of `doctor` about rules. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { aDocument, aRule } from "../../test/support/rule-documents.ts";
import { saveDocument } from "../documents/store.ts";
import { stopRule } from "../rules/store.ts";
import { warning } from "../rules/check/problem.ts";
import { checkRulesInForce } from "./check-rules.ts";
import type { WorkspaceFindings } from "./rules/check-workspace.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
beforeEach(async () => {
  await database.pool.query("truncate documents, rule_stops, rule_runs cascade");
});
afterAll(() => database.drop());

const save = (body: object) => saveDocument(database.pool, { kind: "rules", body, basedOn: 0, by: "test" });

const nothing: WorkspaceFindings = { problems: [], unknown: [] };

async function lines({ publicUrl = "https://dunlin.example.com", portal = true, workspace = nothing } = {}): Promise<
  readonly string[]
> {
  const ground = { pool: database.pool, publicUrl: publicUrl === "" ? undefined : publicUrl, nowS: 1_790_000_000 };
  const checks = await checkRulesInForce({
    ...ground,
    hasPortal: () => Promise.resolve(portal),
    workspace: () => Promise.resolve(workspace),
  });
  return checks.map(({ name, state, detail }) => `${state} ${name}: ${detail}`);
}

describe("the check of the rules in force", () => {
  it("says nothing where there are none, and what there is where all is well", async () => {
    expect(await lines()).toEqual([]);
    await save(aDocument({ mode: "live" }, { rules: [aRule({ mode: "live" }), aRule({ name: "two" })] }));
    expect(await lines({ publicUrl: "", portal: false })).toEqual(["ok Rules: version 1: 1 live, 1 draft"]);
  });

  it("names rules that stand still, and drafts that wait", async () => {
    await save(aDocument({ mode: "live" }));
    await stopRule(database.pool, { rule: "one", by: "breaker", reason: "60 customers within an hour" });
    await database.pool.query(
      `insert into rule_runs (rule, version, mode, account, customer_id, trigger_key, trigger, state, matched_s, approval)
       values ('one', 1, 'live', 'main', 'cus_1', 'k', '{}', 'running', 1, 'wanted')`,
    );
    expect((await lines()).slice(1)).toEqual([
      "warning Rules: one stands still by its breaker: 60 customers within an hour",
      "warning Drafts: 1 draft waits for a person; after seven days they are given up",
    ]);
  });

  it("names rules whose links lead nowhere", async () => {
    const hello = { en: { body: "[Card]({{ link.update_payment_method }})" } };
    await save(aDocument({ mode: "live" }, { texts: { hello } }));
    expect(await lines()).toHaveLength(1);
    expect((await lines({ publicUrl: "", portal: false })).slice(1)).toEqual([
      "warning Links: texts of one have links, and customers cannot reach this server: such messages are not sent",
      "warning Portal: links in texts of one lead to Stripe's customer portal, which has no settings",
    ]);
  });

  it("names what rules hand over to and Intercom does not have, drafts included", async () => {
    const assign = { assign: { team: "4711" } };
    const rules = [aRule({ steps: [assign, assign] }), aRule({ name: "two", mode: "live", steps: [assign] })];
    await save(aDocument({}, { rules }));
    const problem = "Intercom has no team 4711; there is 5001 (Support)";
    const paths = ["rules[0].steps[0].assign.team", "rules[0].steps[1].assign.team", "rules[1].steps[0].assign.team"];
    const problems = paths.map((path) => warning("TEAM_UNKNOWN", path, problem));
    const unknown = [{ part: "ticketType" as const, why: "the app may not read them", permission: "Read tickets" }];
    expect((await lines({ workspace: { problems, unknown } })).filter((line) => line.includes("Workspace"))).toEqual([
      `warning Workspace: ${problem}; named by one, two`,
      "warning Workspace: not known whether Intercom has the ticket types that rules name: the app may not read them",
    ]);
  });

  it("names texts for customers that lack a language, and no others", async () => {
    const texts = { hello: { en: { body: "Hello" }, de: { body: "Hallo" } }, only: { de: { body: "Nur" } } };
    const say = (text: string) => ({ message: { channel: "chat", text } });
    const rules = [
      aRule({ mode: "live" }),
      aRule({ name: "two", mode: "live", steps: [say("only")] }),
      aRule({ name: "three", mode: "live", steps: [{ note: { text: "only" } }] }),
    ];
    await save(aDocument({}, { texts, rules, language: "de" }));
    expect((await lines()).slice(1)).toEqual([
      "warning Texts: only of two is not written in “en”, as others are; it is told in another language",
    ]);
  });
});
