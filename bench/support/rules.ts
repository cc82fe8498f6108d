/** Rules such as businesses have: on failures and changes of plan, on an amount that is reached, and on dates. */
import { parse } from "yaml";
import { ruleVocabulary } from "../../src/pipeline/rule-vocabulary.ts";
import { checkRules } from "../../src/rules/check-document.ts";
import { compileRules } from "../../src/rules/compile.ts";
import type { CompiledRules } from "../../src/rules/program.ts";

const head = { description: "A rule of the bench.", purpose: "To be measured." };

const document = {
  version: 1,
  dunning: { stripeEmails: false },
  quietHours: { from: "21:00", to: "08:00" },
  texts: {
    failed: {
      en: { body: "Hi {{ customer.name }}, your payment failed: [pay]({{ link.update_payment_method }})" },
      de: {
        body: "Guten Tag {{ customer.name }}, Ihre Zahlung ging nicht durch: [zahlen]({{ link.update_payment_method }})",
      },
    },
    vip: { en: { body: "This customer has paid {{ profile.total_paid | money }}." } },
    expiring: { en: { subject: "Your card", body: "It expires on {{ profile.card_expires_at | date }}." } },
    task: { en: { body: "No reaction to a failed payment" } },
  },
  rules: [
    {
      ...head,
      name: "churn-preventer",
      on: { moment: "payment_failed" },
      while: 'profile.status == "past_due" || profile.status == "active"',
      dunning: true,
      steps: [
        { tag: "Billing-Issue" },
        { message: { channel: "chat", text: "failed" } },
        { wait: { for: "2 days", orReply: true, orUntil: 'profile.status == "active"' } },
        parse(`branch: [{ if: run.last_wait == "time", then: [{ ticket: { type: "7001", title: task } }] }]`),
      ],
    },
    {
      ...head,
      name: "upsell-scout",
      on: { becomes: 'profile.total_paid >= 500.0 && profile.total_paid_currency == "EUR"' },
      oncePer: "customer",
      steps: [{ set: { attribute: "VIP_Status", type: "boolean", value: true } }, { note: { text: "vip" } }],
    },
    {
      ...head,
      name: "expiring-card",
      on: { date: "card_expires_at", before: "30 days", at: "09:00" },
      steps: [{ message: { channel: "email", text: "expiring" } }],
    },
    {
      ...head,
      name: "anniversary",
      on: { date: "created_at", yearly: true, at: "10:00" },
      if: 'profile.status == "active"',
      steps: [{ dataEvent: { name: "anniversary" } }],
    },
    {
      ...head,
      name: "onboarding",
      on: { moment: "first_payment" },
      oncePer: "customer",
      steps: [{ tag: "Customer" }, { wait: { for: "7 days" } }, { dataEvent: { name: "first_week" } }],
    },
  ],
};

/** The rules, compiled. */
export function benchRules(): CompiledRules {
  const { document: checked, problems } = checkRules(document, ruleVocabulary);
  if (!checked) throw new Error(problems.map(({ path, problem }) => `${path}: ${problem}`).join("\n"));
  return compileRules(checked, ruleVocabulary, 0);
}
