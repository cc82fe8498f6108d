/** Which prefix is chosen for a workspace. */
import { describe, expect, it } from "vitest";
import { presetMapping } from "./default-document.ts";
import { choosePreset, typeClashes } from "./choose-preset.ts";

describe("choosePreset", () => {
  it.each([
    ["an empty workspace", [], "stripe"],
    ["our own attributes from before", [{ name: "stripe_plan", type: "string" }], "stripe"],
    ["dates with a time", [{ name: "stripe_created_at", type: "datetime" }], "stripe"],
    ["a wider number", [{ name: "stripe_payment_count", type: "float" }], "stripe"],
    ["a narrower number", [{ name: "stripe_total_paid", type: "integer" }], "billing"],
    ["another type", [{ name: "stripe_created_at", type: "string" }], "billing"],
    ["Intercom's own Stripe app", [{ name: "stripe_id", type: "string" }], "billing"],
    ["its last charge", [{ name: "stripe_last_charge_at", type: "date" }], "billing"],
    [
      "attributes of others",
      [
        { name: "plan", type: "integer" },
        { name: "billing_plan", type: "integer" },
      ],
      "stripe",
    ],
  ])("%s: %s", (_what, existing, preset) => {
    const choice = choosePreset(existing);

    expect(choice.preset).toBe(preset);
    expect(choice.reason).not.toBe("");
  });
});

describe("typeClashes", () => {
  it("names what is there and what is needed", () => {
    expect(
      typeClashes(presetMapping("billing").definitions, [
        { name: "billing_plan", type: "integer" },
        { name: "billing_status", type: "string" },
      ]),
    ).toEqual([{ name: "billing_plan", has: "integer", needs: "string" }]);
  });
});
