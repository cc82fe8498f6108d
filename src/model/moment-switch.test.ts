/** Which moments are told: the mapping's section `events`, checked and switched on. */
import { describe, expect, it } from "vitest";
import { moments } from "../../contract/moment.ts";
import { checkEvents, momentsSwitchedOn, switchesOf, type EventsSection } from "./moment-switch.ts";

const on = { on: true };
const problemsOf = (section: EventsSection): readonly string[] =>
  checkEvents(section, "stripe_").map(({ path, severity }) => `${severity} ${path}`);

describe("a section of events", () => {
  it("switches on what it says, under the prefix or a name of its own", () => {
    const section = {
      payment_failed: on,
      plan_changed: { on: true, name: "Plan changed", metadata: ["plan"] },
      trial_ended: { on: false },
    };

    expect(momentsSwitchedOn(section)).toEqual(["payment_failed", "plan_changed"]);
    expect(switchesOf(section, "billing_")).toEqual([
      { name: "payment_failed", eventName: "billing_payment_failed", metadata: expect.arrayContaining(["advice"]) },
      { name: "plan_changed", eventName: "Plan changed", metadata: ["plan"] },
    ]);
  });

  it("may switch on everything", () => {
    const all = Object.fromEntries(moments.map(({ name }) => [name, on]));
    expect(problemsOf(all)).toEqual([]);
    expect(moments.length, "Intercom takes 120 names, and others need some").toBeLessThan(60);
  });

  it.each([
    ["a moment that there is not", { payment_lost: on }, ["error events.payment_lost"]],
    [
      "a fact that the moment does not have",
      { plan_changed: { on: true, metadata: ["plan", "card"] } },
      ["error events.plan_changed.metadata[1]"],
    ],
    [
      "a fact twice",
      { plan_changed: { on: false, metadata: ["plan", "plan"] } },
      ["error events.plan_changed.metadata[1]"],
    ],
    ["a property that every object has", { constructor: on }, ["error events.constructor"]],
    [
      "more than ten facts on one event",
      { payment_failed: { on: true, name: "Billing" }, plan_changed: { on: true, name: "Billing" } },
      ["error events.plan_changed.metadata"],
    ],
    [
      "a name that the native app uses",
      { payment_failed: { on: true, name: "Charge failed" } },
      ["warning events.payment_failed.name"],
    ],
  ])("is refused or doubted for %s", (_, section: EventsSection, problems) => {
    expect(problemsOf(section)).toEqual(problems);
  });

  it("lets moments share an event when their facts fit", () => {
    const shared = { on: true, name: "Plan", metadata: ["plan", "interval"] };
    expect(problemsOf({ plan_changed: shared, quantity_changed: shared })).toEqual([]);
  });
});
