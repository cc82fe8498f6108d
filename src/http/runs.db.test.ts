import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { approvals, rulesBoard, runDetails, runPage } from "../../contract/rules-api.ts";
import { failure, nowS, openRulesDoors, type RulesDoors } from "../../test/support/rules-doors.ts";
import { changeRuns, saveSteps } from "../rules/store.ts";

describe("the door of runs", () => {
  let doors: RulesDoors;

  beforeAll(async () => {
    doors = await openRulesDoors();
  });

  afterAll(() => doors.close());

  beforeEach(() => doors.empty());

  it("has a manual rule look at a customer, once in a second, and no other rule", async () => {
    await doors.save();
    const order = { rule: "call-back", customer: "cus_1" };
    expect(await doors.call("POST", "/api/rules/trigger", order)).toMatchObject({
      status: 202,
      body: { runs: [{ rule: "call-back", customerId: "cus_1", state: "matched", trigger: { kind: "manual" } }] },
    });
    await doors.call("POST", "/api/rules/trigger", order);
    expect((await doors.read(runPage, "GET", "/api/runs")).runs).toHaveLength(1);
    expect(await doors.call("POST", "/api/rules/trigger", { ...order, rule: "vip" })).toMatchObject(
      failure("RULE_NOT_MANUAL", 409),
    );
    expect(await doors.call("POST", "/api/rules/trigger", { ...order, customer: "cus_7" })).toMatchObject(
      failure("CUSTOMER_UNKNOWN", 404),
    );
  });

  it("asks no rule that stands still, and says how it goes on", async () => {
    await doors.save();
    await doors.call("POST", "/api/rules/stop", { rule: "call-back", reason: "Odd words." });
    const refused = await doors.call("POST", "/api/rules/trigger", { rule: "call-back", customer: "cus_1" });
    expect(refused).toMatchObject(failure("RULE_NOT_MANUAL", 409));
    expect(JSON.stringify(refused.body)).toContain(
      "“call-back” stands still: Odd words. Let it go on first: dunlin rules resume call-back",
    );
    expect((await doors.read(runPage, "GET", "/api/runs")).runs).toEqual([]);
  });

  it("shows no link that works, neither in a step nor in a draft", async () => {
    await doors.save();
    const id = await doors.trigger("cus_1");
    const words = (token: string): string => `Pay: https://pay.example/l/${token}.`;
    const token = "EGzoGQAAAABjdXNfU2JLMm04UWQxeFl6VGE_j-TC0b1wJcX4";
    await advance(id, { approval: "wanted", draft: words(token) });
    await doors.pool.query("update rule_steps set detail = $1", [words(token)]);
    const shown = await doors.read(runDetails, "GET", `/api/runs/${id}`);
    expect([shown.draft, shown.steps[0]?.detail]).toEqual([words("…"), words("…")]);
    expect((await doors.read(approvals, "GET", "/api/approvals")).runs).toMatchObject([{ draft: words("…") }]);
  });

  it("lists runs page by page, and of one rule, customer or state", async () => {
    await doors.save();
    const ids = [await doors.trigger("cus_1"), await doors.trigger("cus_2"), await doors.trigger("cus_1")];
    const page = await doors.read(runPage, "GET", "/api/runs?limit=2");
    expect(page.runs.map(({ id }) => id)).toEqual([ids[2], ids[1]]);
    const rest = await doors.read(runPage, "GET", `/api/runs?limit=2&before=${page.next}`);
    expect([rest.runs.map(({ id }) => id), rest.next]).toEqual([[ids[0]], null]);
    expect((await doors.read(runPage, "GET", "/api/runs?customer=cus_1")).runs).toHaveLength(2);
    expect((await doors.read(runPage, "GET", "/api/runs?rule=vip")).runs).toHaveLength(0);
    expect((await doors.read(runPage, "GET", "/api/runs?state=ended")).runs).toHaveLength(0);
    expect(await doors.call("GET", "/api/runs?state=odd")).toMatchObject(failure("REQUEST_INVALID", 400));
  });

  it("shows a run with what each step did, and why it waits", async () => {
    await doors.save();
    const id = await doors.trigger("cus_1");
    await advance(id);
    expect(await doors.read(runDetails, "GET", `/api/runs/${id}`)).toMatchObject({
      state: "running",
      arm: "treated",
      waiting: { for: "step", until: "2027-02-14T08:00:00.000Z" },
      messages: 0,
      onceKey: "reason manual",
      steps: [{ path: "steps[0]", kind: "tag", result: "done", detail: null, at: "2027-01-15T08:00:00.000Z" }],
    });
    expect((await doors.read(rulesBoard, "GET", "/api/rules")).rules[0]?.runs).toEqual({
      matched: 0,
      running: 1,
      approval: 0,
      begun: 1,
    });
    expect(await doors.call("GET", "/api/runs/999")).toMatchObject(failure("RUN_UNKNOWN", 404));
    expect(await doors.call("GET", "/api/runs/last")).toMatchObject(failure("RUN_UNKNOWN", 404));
  });

  /** As the worker leaves a run that waits. */
  async function advance(id: number, change: { approval?: "wanted"; draft?: string } = {}): Promise<void> {
    const state = {
      at: 1,
      startedS: nowS,
      waiting: { for: "step", sinceS: nowS, untilS: nowS + 30 * 86_400 },
      lastWait: "none",
      messages: 0,
      lastMessageS: null,
      heardS: nowS,
      conversationId: null,
      traces: [],
      ended: null,
    } as const;
    const began = { state: "running", run: state, arm: "treated", startedS: nowS, onceKey: "reason manual" } as const;
    await changeRuns(doors.pool, [{ id, ...began, wakeAtS: nowS + 30 * 86_400, ...change }]);
    const step = { at: 0, path: "steps[0]", kind: "tag", result: "done", detail: null } as const;
    await saveSteps(doors.pool, [
      { ...step, runId: id, account: "main", customerId: "cus_1", channel: null, atS: nowS },
    ]);
  }

  it("cancels one run, and has the customer looked at, which ends it", async () => {
    await doors.save();
    const id = await doors.trigger("cus_1");
    await advance(id);
    await doors.pool.query("update rule_turns set wake_at_s = 9e9::bigint");
    expect(await doors.call("POST", `/api/runs/${id}/cancel`, { reason: "Wrong person." })).toMatchObject({
      status: 200,
      body: { state: "running", cancelling: "Wrong person.", ended: null },
    });
    const { rows } = await doors.pool.query("select wake_at_s as wake from rule_turns");
    expect(rows).toEqual([{ wake: 0 }]);
    expect(await doors.call("POST", `/api/runs/${id}/cancel`, {})).toMatchObject(failure("RUN_STATE_CONFLICT", 409));
  });

  it("cancels all open runs of a rule or a customer, and never all there are", async () => {
    await doors.save();
    for (const customer of ["cus_1", "cus_2", "cus_1"]) await doors.trigger(customer);
    expect(await doors.call("POST", "/api/runs/cancel", { customer: "cus_1" })).toMatchObject({
      body: { cancelled: 2 },
    });
    expect(await doors.call("POST", "/api/runs/cancel", { rule: "call-back" })).toMatchObject({
      body: { cancelled: 1 },
    });
    expect(await doors.call("POST", "/api/runs/cancel", { rule: "call-back" })).toMatchObject({
      body: { cancelled: 0 },
    });
    expect(await doors.call("POST", "/api/runs/cancel", {})).toMatchObject(failure("REQUEST_INVALID", 400));
  });

  it("lists drafts that wait, and takes one decision about each", async () => {
    await doors.save();
    const id = await doors.trigger("cus_1");
    await advance(id, { approval: "wanted", draft: "Dear Thea" });
    expect((await doors.read(approvals, "GET", "/api/approvals")).runs).toMatchObject([{ id, draft: "Dear Thea" }]);
    expect(await doors.read(runDetails, "POST", `/api/runs/${id}/approve`)).toMatchObject({ approval: "approved" });
    expect(await doors.call("POST", `/api/runs/${id}/reject`)).toMatchObject(failure("RUN_STATE_CONFLICT", 409));
    expect((await doors.read(approvals, "GET", "/api/approvals")).runs).toEqual([]);
  });
});
