/** Which setting each write carried, whatever clock rules go by. */
import { describe, expect, it } from "vitest";
import type { AttributeValue } from "../model/contact.ts";
import { carriedBy, currentSetting, type Setting } from "./explain-rules.ts";

function aSetting(runId: number, kind: Setting["kind"]): Setting {
  const trigger = { kind: "manual", key: "k", name: "manual", objectId: null, occurredAtS: 1, facts: {} } as const;
  const run = {
    id: runId,
    rule: "vip",
    version: 1,
    mode: "live",
    account: "main",
    customerId: "cus_1",
    trigger,
  } as const;
  return { kind, run: { ...run, arm: "treated", startedS: 1, endedWhy: null }, path: "steps[0]", atS: runId };
}

const [first, undone, second] = [aSetting(1, "set"), aSetting(1, "unset"), aSetting(2, "set")];
const newestFirst = [second, undone, first];
const writes = (...after: readonly AttributeValue[]) => after.map((value) => ({ after: value }));

describe("carriedBy", () => {
  it("puts writes and settings side by side, in their order", () => {
    expect(carriedBy(writes(true, null, true), newestFirst, true)).toEqual([second, undone, first]);
  });

  it("leaves out what no write shows yet", () => {
    expect(carriedBy(writes(null, true), newestFirst, true)).toEqual([undone, first]);
    expect(carriedBy(writes(80), [aSetting(3, "set"), first], 90)).toEqual([first]);
  });

  it("gives a write that puts something right what the write before it had carried", () => {
    expect(carriedBy(writes(true, true), [first], true)).toEqual([first, first]);
  });

  it("answers nothing for writes whose runs are gone", () => {
    expect(carriedBy(writes(null, true), [], null)).toEqual([undefined, undefined]);
  });
});

describe("currentSetting", () => {
  const set = { name: "VIP_Status", value: true, rule: "vip", runId: 2 };

  it("is the newest one of the run that the attribute names", () => {
    expect(currentSetting(set, newestFirst)).toBe(second);
    expect(currentSetting({ ...set, runId: 7 }, newestFirst)).toBeUndefined();
  });

  it("is none when no rule sets the attribute any more, which no run tells", () => {
    expect(currentSetting({ ...set, value: null }, newestFirst)).toBeUndefined();
  });
});
