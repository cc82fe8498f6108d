import { describe, expect, it } from "vitest";
import { momentIn, placeOf } from "./places.ts";

describe("placeOf", () => {
  it.each([
    ["attributes[12].cel", { tab: "attributes", attribute: { holder: "people", index: 12 } }],
    ["companies.attributes[0].name", { tab: "companies", attribute: { holder: "companies", index: 0 } }],
    ["attributes", { tab: "attributes", attribute: null }],
    ["retired[0]", { tab: "attributes", attribute: null }],
    ["companies.monthlySpend.currency", { tab: "companies", attribute: null }],
    ["events.payment_failed.metadata[2]", { tab: "events", attribute: null }],
    ["usage.limits[0].limit", { tab: "usage", attribute: null }],
    ["planName", { tab: "plan", attribute: null }],
    ["document", { tab: "plan", attribute: null }],
  ])("leads from %s to where it can be put right", (path, expected) => {
    expect(placeOf(path)).toEqual(expected);
  });

  it("knows of which moment a path speaks", () => {
    expect(momentIn("events.payment_failed.name")).toBe("payment_failed");
    expect(momentIn("usage.limits[0]")).toBeNull();
  });
});
