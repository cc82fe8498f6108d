import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { rulesBoard, rulesPlan } from "../../contract/rules-api.ts";
import {
  callBack,
  document,
  failure,
  nowS,
  vip,
  openRulesDoors,
  type RulesDoors,
} from "../../test/support/rules-doors.ts";
import { saveAttributes } from "../rules/store.ts";

describe("the door of rules", () => {
  let doors: RulesDoors;

  beforeAll(async () => {
    doors = await openRulesDoors();
  });

  afterAll(() => doors.close());

  beforeEach(() => doors.empty());

  it("shows that there are no rules, saves some, and shows how they stand", async () => {
    expect(await doors.read(rulesBoard, "GET", "/api/rules")).toMatchObject({ version: 0, rules: [], versions: [] });
    expect(await doors.save()).toMatchObject({ status: 200, body: { version: 1 } });
    expect(doors.told.changed).toBe(1);
    const { rules, versions } = await doors.read(rulesBoard, "GET", "/api/rules");
    expect(rules).toMatchObject([
      { name: "call-back", mode: "live", share: 100, trigger: "when asked for", stop: null },
      { name: "vip", mode: "draft", trigger: expect.stringContaining("once profile.total_paid") },
    ]);
    expect(versions).toMatchObject([{ version: 1, savedBy: "web" }]);
  });

  it("refuses rules with the place of what is wrong, and who was too late", async () => {
    const wrong = { ...document, rules: [{ ...vip, on: { becomes: "profile.totl_paid > 1.0" } }] };
    const refused = await doors.save(0, wrong);
    expect(refused).toMatchObject(failure("RULES_INVALID", 400));
    const { body } = await doors.call("POST", "/api/rules/check", { document: wrong });
    const place = { code: "RULE_NAME_UNKNOWN", path: "rules[0].on.becomes", severity: "error" };
    expect(body).toMatchObject({ problems: [place] });
    expect(refused.body).toMatchObject({ error: body });
    await doors.save();
    expect(await doors.save(0)).toMatchObject(failure("DOCUMENT_CHANGED", 409));
  });

  it("refuses a rule that sets what the mapping writes", async () => {
    const set = { attribute: "stripe_plan", type: "string", value: "none" };
    expect(await doors.save(0, { ...document, rules: [{ ...vip, steps: [{ set }] }] })).toMatchObject(
      failure("RULES_INVALID", 400),
    );
  });

  it("plans what another document would do", async () => {
    await doors.save();
    await doors.trigger("cus_1");
    const wanted = { version: 1, rules: [{ ...vip, mode: "shadow" }] };
    expect(await doors.read(rulesPlan, "POST", "/api/rules/plan", { document: wanted })).toMatchObject({
      version: 1,
      rules: [
        { name: "vip", change: "mode", after: { mode: "shadow" } },
        { name: "call-back", change: "removed", running: 1 },
      ],
      attributes: { added: [], removed: [] },
    });
  });

  it("switches one rule, and leaves a version that says what was done", async () => {
    await doors.save();
    const order = { rule: "call-back", mode: "live", share: 10 };
    const board = await doors.read(rulesBoard, "POST", "/api/rules/mode", order);
    expect(board.rules[0]).toMatchObject({ mode: "live", share: 10 });
    expect(board.versions[0]).toMatchObject({ version: 2, note: "call-back: live 100 % → live 10 %" });
    expect((await doors.read(rulesBoard, "POST", "/api/rules/mode", order)).version).toBe(2);
    expect(await doors.call("POST", "/api/rules/mode", { rule: "nobody", mode: "live" })).toMatchObject(
      failure("RULE_UNKNOWN", 404),
    );
  });

  it("stops a rule at once and lets it go on", async () => {
    await doors.save();
    const stopped = await doors.read(rulesBoard, "POST", "/api/rules/stop", { rule: "vip", reason: "Too many." });
    expect(stopped.rules[1]?.stop).toMatchObject({ by: "person", reason: "Too many." });
    expect((await doors.read(rulesBoard, "POST", "/api/rules/resume", { rule: "vip" })).rules[1]?.stop).toBeNull();
    expect(doors.told.woken).toBe(1);
  });

  it("takes back attributes that no rule sets any more", async () => {
    await doors.save();
    const [account, customerId] = ["main", "cus_1"];
    await saveAttributes(doors.pool, [
      { account, customerId, name: "vip", value: true, rule: "vip", runId: 1, setS: nowS },
    ]);
    await doors.save(1, { version: 1, rules: [callBack] });
    const { rows: left } = await doors.pool.query("select value from rule_attributes");
    expect(left).toEqual([{ value: "null" }]);
    const { rows: jobs } = await doors.pool.query("select customer_id from sync_jobs");
    expect(jobs).toEqual([{ customer_id: "cus_1" }]);
  });

  it("publishes the JSON Schema, with the steps in it", async () => {
    const { body } = await doors.call("GET", "/api/rules/schema");
    expect(body).toMatchObject({ title: "Rules of Dunlin", type: "object", required: ["version"] });
    expect(JSON.stringify(body)).toContain('"orReply"');
  });

  it("adds a recipe as a draft, once its questions are answered", async () => {
    expect(await doors.call("GET", "/api/recipes")).toMatchObject({
      status: 200,
      body: { recipes: expect.any(Array) },
    });
    expect(await doors.call("POST", "/api/recipes/nothing", {})).toMatchObject(failure("RECIPE_UNKNOWN", 404));
    expect(await doors.call("POST", "/api/recipes/churn-preventer", {})).toMatchObject(failure("RULES_INVALID", 400));
  });

  it("waits with a rehearsal until both vendors are connected", async () => {
    await doors.save();
    expect(await doors.call("POST", "/api/rules/test", { rule: "vip", customer: "cus_1" })).toMatchObject(
      failure("NOT_READY", 503),
    );
  });
});
