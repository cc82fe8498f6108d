/** What may go on under which pauses. */
import { describe, expect, it } from "vitest";
import { lanes } from "../model/lane.ts";
import { openingsOf, scopeOf, type PauseScope } from "./pause.ts";

describe("scopeOf", () => {
  it.each([
    ["all", "all"],
    ["intake", "intake"],
    ["intercom", "intercom"],
    ["stripe", "stripe:main"],
    ["stripe:shop", "stripe:shop"],
    ["lane:calm", "lane:calm"],
    ["lane:fast", undefined],
    ["stripe:", undefined],
    ["stripe:Shop One", undefined],
    ["everything", undefined],
  ])("takes %s for %s", (text, scope) => {
    expect(scopeOf(text)).toBe(scope);
  });
});

describe("openingsOf", () => {
  const shown = (...scopes: readonly PauseScope[]): unknown => {
    const { stripe, ...rest } = openingsOf(scopes.map((scope) => ({ scope })));
    return { ...rest, main: stripe("main"), shop: stripe("shop") };
  };
  const open = { intake: true, intercom: true, lanes: [...lanes], main: true, shop: true };

  it("leaves everything open without a pause", () => {
    expect(shown()).toEqual(open);
  });

  it.each<[PauseScope, object]>([
    ["all", { intercom: false, lanes: [], main: false, shop: false }],
    ["intake", { intake: false }],
    ["intercom", { intercom: false, lanes: [] }],
    ["stripe:shop", { shop: false }],
    ["lane:urgent", { lanes: ["calm", "backfill"] }],
    ["lane:calm", { lanes: ["urgent", "backfill"] }],
  ])("closes for %s only what it names", (scope, closed) => {
    expect(shown(scope)).toEqual({ ...open, ...closed });
  });

  it("adds pauses up", () => {
    expect(shown("lane:calm", "lane:urgent", "stripe:main")).toEqual({ ...open, lanes: ["backfill"], main: false });
  });
});
