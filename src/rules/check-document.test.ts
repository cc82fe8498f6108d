/** What is wrong with rules is found when they are saved, with its place and a hint. */
/* oxlint-disable no-thenable -- the language has this word; nobody waits for a rule */
import { describe, expect, it } from "vitest";
import { aDocument, aRule, inDocument, inRule, inSteps, message } from "../../test/support/rule-documents.ts";
import { ruleVocabulary } from "../pipeline/rule-vocabulary.ts";
import { checkRules } from "./check-document.ts";

describe("rules that can be saved", () => {
  it.each<[string, object]>([
    ["a moment", { on: { moment: "trial_ending" }, if: 'moment.plan == "Pro" && run.now > moment.trial_end_date' }],
    ["an event", { on: { stripe: "checkout.session.completed" }, if: 'moment.mode == "payment"' }],
    ["a crossing", { on: { becomes: 'profile.total_paid > 500.0 && profile.total_paid_currency == "EUR"' } }],
    ["a date", { on: { date: "card_expires_at", before: "30 days", at: "09:00" } }],
    ["a signal", { on: { signal: "tagged", tag: "VIP" }, if: 'moment.tag == "VIP"' }],
    ["a reason", { while: "run.messages < 3 && !run.replied && ages.tenure_days > 3" }],
    ["a comparison with zero", { if: "has(profile.account_balance) && profile.account_balance < 0.0" }],
  ])("start from %s", (_what, rule) => {
    expect(inRule(rule)).toEqual([]);
  });

  it.each<[string, readonly object[]]>([
    ["attributes", [{ set: { attribute: "vip", type: "boolean", value: true } }]],
    [
      "attributes that are worked out",
      [{ set: { attribute: "paid", type: "float", value: { cel: "profile.payment_count" } } }],
    ],
    ["dates", [{ set: { attribute: "vip_until", type: "date", value: "2027-01-31" } }]],
    ["waits", [{ wait: { for: "2 days", orReply: true, orUntil: "!profile.is_past_due" } }, message]],
    ["waits until a date", [{ wait: { until: { date: "trial_end", before: "1 business day" } } }, message]],
    [
      "branches",
      [
        { wait: { for: "1 day", orReply: true } },
        { branch: [{ if: 'run.last_wait == "reply"', then: [] }], else: [message] },
      ],
    ],
    ["webhooks", [{ webhook: { url: "https://example.com/hook", facts: { plan: { cel: "profile.plan" } } } }]],
    [
      "data events",
      [{ dataEvent: { name: "rule_met", metadata: { until_date: { cel: "profile.trial_end" }, vip: true } } }],
    ],
    ["tags that are taken back", [{ tag: "Billing-Issue" }, { undo: true }]],
  ])("have %s", (_what, steps) => {
    expect(inSteps(...steps)).toEqual([]);
  });

  it("give the document with what was left out, and are none while anything is wrong", () => {
    expect(checkRules({ version: 1 }, ruleVocabulary)).toMatchObject({
      document: { rules: [], language: "en" },
      problems: [],
    });
    expect(checkRules({ version: 2 }, ruleVocabulary).document).toBeNull();
    expect(checkRules(aDocument({ if: "profile.nope" }), ruleVocabulary).document).toBeNull();
  });
});

describe("a document in which a rule has not its shape", () => {
  const rules = [
    aRule({ name: "odd", wen: "profile.plan" }),
    aRule({ name: "wrong", if: "profile.nope" }),
    aRule({ name: "mute", steps: [{ message: { channel: "chat", text: "nowhere" } }] }),
  ];

  it("tells what is wrong with the others as well, each at its place", () => {
    const { problems } = checkRules(aDocument({}, { rules }), ruleVocabulary);
    expect(problems.map(({ path, code }) => [path, code])).toEqual([
      ["rules[0].wen", "RULE_FIELD_UNKNOWN"],
      ["rules[1].if", "RULE_NAME_UNKNOWN"],
      ["rules[2].steps[0].message.text", "TEXT_UNKNOWN"],
    ]);
  });

  it("tells nothing of them while something beside the rules is wrong", () => {
    const { problems } = checkRules(aDocument({}, { rules, languag: "de" }), ruleVocabulary);
    expect(problems.map(({ code }) => code)).toEqual(["RULE_FIELD_UNKNOWN", "RULE_FIELD_UNKNOWN"]);
  });
});

describe("an expression", () => {
  it.each<[string, object, string]>([
    [
      "an unknown field",
      { if: 'profile.plann == "Pro"' },
      "if: profile has no “plann”; did you mean “plan”? (character 9)",
    ],
    ["an unknown age", { if: "ages.days_to_trail_end < 5" }, "did you mean “days_to_trial_end”? (character 6)"],
    [
      "a field without its variable",
      { if: 'plan == "Pro"' },
      "if: there is no “plan”; did you mean “profile.plan”? (character 1)",
    ],
    [
      "an unknown variable",
      { if: 'profil.plan == "Pro"' },
      "if: there is no “profil”; did you mean “profile”? (character 1)",
    ],
    [
      "an unknown fact",
      { on: { moment: "trial_ending" }, if: 'moment.plans == "Pro"' },
      "if: moment has no “plans”; did you mean “plan”? (character 8)",
    ],
    [
      "a link of a moment",
      { on: { moment: "trial_ending" }, if: 'moment.stripe_link == "x"' },
      "if: moment has no “stripe_link”; there are plan, interval, trial_end_date (character 8)",
    ],
    [
      "no facts",
      { if: 'moment.plan == "Pro"' },
      "if: there is no “moment” here: only the triggers moment, stripe and signal bring facts along (character 1)",
    ],
    ["facts in a crossing", { on: { becomes: 'moment.plan == "Pro"' } }, "on.becomes: there is no “moment” in becomes"],
    [
      "a run that is not there yet",
      { if: "run.messages > 1" },
      "if: run has no “messages”; there is only now (character 5)",
    ],
    ["a run in a crossing", { on: { becomes: "run.messages > 1" } }, "on.becomes: there is no “run” here"],
    ["no condition", { if: "profile.plan" }, "if: it has to answer true or false, and answers text"],
    ["an uncertain condition", { if: 'profile.metadata["vip"]' }, "if: it has to answer true or false for sure"],
    [
      "a point too few",
      { if: "profile.usage_percent == 80" },
      "if: “==” does not go with a number with decimals and a whole number; write the whole number with a point, such as 80.0",
    ],
    ["one = too few", { if: 'profile.plan = "Pro"' }, "if: one = says nothing; == compares (character 14)"],
    [
      "half an expression",
      { while: "profile.mrr >" },
      "while: it ends too early: something is missing behind it, or a bracket is open (character 14)",
    ],
    [
      "a word that is never there",
      { while: 'run.last_wait == "replied"' },
      "while: run.last_wait is one of none, time, reply, condition, never “replied”",
    ],
    ["what may take long", { if: 'profile.plan.matches("(a+)+$")' }, "if: “matches” is not taken"],
  ])("with %s is refused", (_what, rule, problem) => {
    const [first = "", ...more] = inRule(rule);
    expect(first).toContain(`error rules[0].${problem.startsWith("did") ? "" : problem}`);
    expect(first).toContain(problem);
    expect(more).toEqual([]);
  });

  it("has its place in the steps, however deep", () => {
    expect(
      inSteps({ branch: [{ if: "profile.is_past_due", then: [{ branch: [{ if: "nope", then: [message] }] }] }] }),
    ).toEqual(["error rules[0].steps[1].branch[0].then[0].branch[0].if: there is no “nope” (character 1)"]);
  });

  it("about an amount should say in which currency", () => {
    const bare = inRule({ if: "profile.total_paid > 500.0" });
    expect(bare).toEqual([
      "warning rules[0].if: profile.total_paid is in each customer's own currency; say which one is meant with profile.total_paid_currency",
    ]);
    const ofMoment = inRule({ on: { moment: "payment_succeeded" }, if: "moment.amount > 500.0" });
    expect(ofMoment).toEqual([expect.stringContaining("warning rules[0].if: moment.amount is in each")]);
    expect(inRule({ if: "profile.total_paid_reporting > 500.0" })).toEqual([]);
  });
});

describe("a trigger", () => {
  it.each<[object, string]>([
    [{ moment: "payment_faild" }, "on.moment: there is no moment “payment_faild”; did you mean “payment_failed”?"],
    [{ moment: "xyz" }, "on.moment: there is no moment “xyz”; there are: subscription_started, "],
    [{ date: "trial_ends" }, "on.date: the profile has no date “trial_ends”; did you mean “trial_end”?"],
    [{ date: "profile.trial_end" }, "on.date: write it without “profile.”: “trial_end”"],
    [{ date: "plan" }, "on.date: “plan” is no date; there are: "],
    [{ date: "trial_end", before: "1 day", after: "2 days" }, "on: it is either before the date or after it"],
    [{ date: "trial_end", before: "3 hours", at: "09:00" }, "on.at: 3 hours says the time of day already"],
    [{ signal: "replied", tag: "VIP" }, "on.tag: replied is not about a tag"],
    [{ becomes: "1 > 2" }, "on.becomes: it is never true, so it never becomes true"],
    [{ becomes: "true" }, "on.becomes: it is always true, so it never becomes true"],
  ])("%j is refused", (on, problem) => {
    expect(inRule({ on })).toEqual([expect.stringContaining(`error rules[0].${problem}`)]);
  });

  it("that there is not makes no second problem of the facts that it would have", () => {
    expect(inRule({ on: { moment: "nope" }, if: 'moment.plan == "Pro"' })).toHaveLength(1);
  });
});

describe("a document", () => {
  it.each<[object, string]>([
    [
      { timeZone: "Europe/Berln" },
      "error timeZone: “Europe/Berln” is no time zone, such as Europe/Berlin; did you mean “Europe/Berlin”?",
    ],
    [{ timeZone: "+02:00" }, "error timeZone: “+02:00” is no time zone"],
    [{ quietHours: { from: "08:00", to: "08:00" } }, "error quietHours: from 08:00 to 08:00 is no time at all"],
    [{ holdouts: { control: { share: 10 } } }, "warning holdouts.control: no rule holds this group out"],
    [{ model: { url: "ftp://example.com", name: "m" } }, "error model.url: it has to begin with https://"],
    [{ rulse: [] }, "error rulse: there is no “rulse” here; did you mean “rules”?"],
  ])("with %j is told so", (document, problem) => {
    expect(inDocument(document)).toEqual([expect.stringContaining(problem)]);
  });

  it.each<[object, string]>([
    [{ quietHours: { from: "22:00", to: "22:00" } }, "error rules[0].quietHours: from 22:00 to 22:00"],
    [
      { holdout: { group: "controll" } },
      "error rules[0].holdout.group: there is no group “controll” in holdouts; did you mean “control”?",
    ],
    [{ dunning: true }, "error rules[0].dunning: say once in dunning.stripeEmails whether Stripe itself mails"],
    [{ on: { moment: "payment_failed" } }, "warning rules[0]: it speaks to customers about a payment that failed"],
    [{ mode: "live", share: 0 }, "warning rules[0].share: the rule is live for 0 %"],
    [{ holdout: 100 }, "warning rules[0].holdout: all customers are held out"],
    [
      {
        steps: [
          { id: "a", ...message },
          { id: "a", ...message },
        ],
      },
      "error rules[0].steps[1].id: “a” is the id of rules[0].steps[0] already",
    ],
    [{ oncePer: "custmer" }, "error rules[0].oncePer: "],
  ])("with a rule with %j is told so", (rule, problem) => {
    const found = inRule(rule, { holdouts: { control: { share: 10 } } });
    expect(found.filter((one) => !one.includes("no rule holds"))).toEqual([expect.stringContaining(problem)]);
  });
});
