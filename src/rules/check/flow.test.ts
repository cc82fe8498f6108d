/** Every step can be reached and every wait ends, or the rule is refused. */
/* oxlint-disable no-thenable -- the language has this word; nobody waits for a rule */
import { describe, expect, it } from "vitest";
import { inRule, inSteps, message } from "../../../test/support/rule-documents.ts";

describe("the way through the steps", () => {
  const stop = { stop: "Done." };
  it.each<[string, readonly object[], string]>([
    ["behind a stop", [stop, message], "error rules[0].steps[2]: no run gets here: steps[1] ends it"],
    [
      "behind a branch that always stops",
      [{ branch: [{ if: "profile.is_past_due", then: [stop] }], else: [stop] }, message],
      "error rules[0].steps[2]: no run gets here: steps[1] ends it",
    ],
    [
      "behind a case that is always true",
      [
        {
          branch: [
            { if: "true", then: [message] },
            { if: "profile.is_past_due", then: [message] },
          ],
        },
      ],
      "error rules[0].steps[1].branch[1]: no run gets here: the condition of branch[0] is always true",
    ],
    [
      "to an else behind a case that is always true",
      [{ branch: [{ if: "1 < 2", then: [message] }], else: [stop] }],
      "error rules[0].steps[1].else: no run gets here",
    ],
    [
      "to a case that is never true",
      [{ branch: [{ if: "false", then: [message] }], else: [stop] }],
      "error rules[0].steps[1].branch[0].if: it is never true",
    ],
    [
      "to a case that stands there before",
      [
        {
          branch: [
            { if: "profile.is_past_due", then: [message] },
            { if: "profile.is_past_due", then: [stop] },
          ],
        },
      ],
      "error rules[0].steps[1].branch[1].if: no run gets here: branch[0] has the same condition",
    ],
    ["to an end", [{ wait: {} }], "error rules[0].steps[1].wait: this wait has no end"],
    ["to an end but by chance", [{ wait: { orReply: true } }], "error rules[0].steps[1].wait: this wait has no end"],
    [
      "for a time and until a date",
      [{ wait: { for: "1 day", until: { date: "trial_end" } } }],
      "error rules[0].steps[1].wait: it waits either for a time or until a date",
    ],
    [
      "to a date that there is not",
      [{ wait: { until: { date: "trial_ned" } } }],
      "error rules[0].steps[1].wait.until.date: the profile has no date “trial_ned”; did you mean “trial_end”?",
    ],
    [
      "past a wait at once",
      [{ wait: { for: "1 day", orUntil: "true" } }],
      "error rules[0].steps[1].wait.orUntil: it is always true",
    ],
    [
      "by what is never true",
      [{ wait: { for: "1 day", orUntil: "1 > 2" } }],
      "error rules[0].steps[1].wait.orUntil: it is never true",
    ],
    [
      "to any step of a branch",
      [{ branch: [{ if: "profile.is_past_due", then: [] }] }],
      "error rules[0].steps[1]: this branch has no steps",
    ],
    ["to anything that could be undone", [{ undo: true }], "warning rules[0].steps[1]: there is nothing to undo here"],
    [
      "by a reply that no wait looks for",
      [{ wait: { for: "1 day" } }, { branch: [{ if: 'run.last_wait == "reply"', then: [stop] }], else: [message] }],
      "warning rules[0].steps[2].branch[0].if: no wait of this rule ends with “reply”",
    ],
  ])("does not lead %s", (_what, steps, problem) => {
    expect(inSteps(...steps)).toEqual([expect.stringContaining(problem)]);
  });

  it("leads nowhere for a reason that is never true", () => {
    expect(inRule({ while: "false" })).toEqual([expect.stringContaining("error rules[0].while: it is never true")]);
    expect(inRule({ if: "1 > 2" })).toEqual([expect.stringContaining("error rules[0].if: it is never true")]);
    expect(inRule({ if: "true" })).toEqual([expect.stringContaining("warning rules[0].if: it is always true")]);
  });

  it("has at most five hundred steps", () => {
    const many = { branch: [{ if: "profile.is_past_due", then: Array.from({ length: 50 }, () => message) }] };
    expect(inSteps(...Array.from({ length: 10 }, () => many))).toEqual([
      "error rules[0].steps: a rule has at most 500 steps, and this one 511",
    ]);
  });
});
