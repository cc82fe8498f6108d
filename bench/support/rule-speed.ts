/** How fast the pure parts of rules are, on one core: conditions of a customer, and runs that are taken on. */
import { factsOf } from "../../src/pipeline/rule-facts.ts";
import { addBusinessDays, noSignals } from "../../src/pipeline/run-inputs.ts";
import { advanceRun } from "../../src/rules/advance.ts";
import { beginRun } from "../../src/rules/judge.ts";
import type { CompiledRule } from "../../src/rules/program.ts";
import type { Trigger } from "../../src/rules/run.ts";
import { truthOf, valuesOfRun } from "../../src/rules/run-values.ts";
import { aProfile } from "../../test/support/builders.ts";
import { benchRules } from "./rules.ts";

const nowS = 1_790_000_000;
const times = 200_000;

const trigger: Trigger = {
  kind: "moment",
  key: "moment:payment_failed:ch_1",
  name: "payment_failed",
  objectId: "ch_1",
  occurredAtS: nowS,
  facts: { failure: "soft" },
};

function theRule(): CompiledRule {
  const rule = benchRules().byName.get("churn-preventer");
  if (!rule) throw new Error("The bench has no such rule.");
  return rule;
}

/** Evaluations of a rule's reason, with the values of a run put together each time. */
export function conditionsPerSecond(): number {
  const { while: reason } = theRule();
  if (!reason) throw new Error("The rule has no reason.");
  const facts = factsOf({ profile: aProfile(), customers: [] }, nowS);
  const run = beginRun(trigger, nowS);
  return perSecond(times, () => {
    truthOf(reason, valuesOfRun(facts, {}, { run, signals: noSignals, nowS }));
  });
}

/** Advances of a run from its beginning to its first deed. */
export function advancesPerSecond(): number {
  const rule = theRule();
  const facts = factsOf({ profile: aProfile(), customers: [] }, nowS);
  const run = beginRun(trigger, nowS);
  return perSecond(times, () => {
    advanceRun(rule, run, {
      nowS,
      trigger,
      facts,
      signals: noSignals,
      effect: null,
      approval: "none",
      sent: [],
      arbiter: { invoice: null, failure: null, stripeEmails: false, rivals: [], openConversations: 0 },
      effectKey: (at) => `bench:${at}`,
      mode: "live",
      timeZone: "Europe/Berlin",
      addBusinessDays,
    });
  });
}

function perSecond(count: number, work: () => void): number {
  for (let warm = 0; warm < count / 10; warm += 1) work();
  const beganMs = performance.now();
  for (let done = 0; done < count; done += 1) work();
  return Math.round((count / (performance.now() - beganMs)) * 1000);
}
