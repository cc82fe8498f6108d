import { expect, it } from "vitest";
import { ruleTrigger } from "../../contract/rule.ts";
import { triggerText } from "./trigger-text.ts";

it.each([
  [{ moment: "payment_failed" }, "moment payment_failed"],
  [{ stripe: "checkout.session.completed" }, "event checkout.session.completed"],
  [{ becomes: "profile.mrr > 10.0" }, "once profile.mrr > 10.0"],
  [{ signal: "replied" }, "signal replied"],
  [{ signal: "tagged", tag: "VIP" }, "signal tagged VIP"],
  [{ manual: true }, "when asked for"],
  [{ date: "trial_end", before: "5 days", at: "09:00" }, "5 days before trial_end, at 09:00"],
  [{ date: "created_at", yearly: true }, "on created_at, each year"],
  [{ date: "cancel_at", after: "2 weeks" }, "2 weeks after cancel_at"],
])("says %j as “%s”", (trigger, words) => {
  expect(triggerText(ruleTrigger.parse(trigger))).toBe(words);
});
