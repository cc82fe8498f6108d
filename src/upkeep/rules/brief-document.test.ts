import { expect, it } from "vitest";
import { parse } from "yaml";
import { rulesDocument } from "../../../contract/rule.ts";
import { briefRules } from "./brief-document.ts";

const written: Readonly<Record<string, unknown>> = parse(`
version: 1
quietHours: { from: "20:00", to: "08:00" }
rules:
  - name: nudge
    description: Reminds of a payment that failed.
    purpose: Keep customers who want to stay.
    mode: live
    on: { moment: payment_failed }
    steps:
      - message: { channel: chat, text: nudge }
      - wait: { for: 2 days, orReply: true }
      - branch:
          - if: run.replied
            then: [{ stop: answered }]
        else: [{ tag: Billing-Issue }]
texts:
  nudge: { en: { body: Your payment did not go through. } }
`);

it("writes a document as a person would, and it reads back the same", () => {
  const document = rulesDocument.parse(written);
  const brief = briefRules(document);
  expect(brief).toEqual(written);
  expect(rulesDocument.parse(brief)).toEqual(document);
  expect(Object.keys(brief)).toEqual(Object.keys(written));
});

it("keeps what differs from the usual, deep inside too", () => {
  const weekends = { from: "20:00", to: "08:00", weekends: true };
  const special = { ...written, quietHours: weekends, caps: { chat: { messages: 1, per: "1 day" } } };
  expect(briefRules(rulesDocument.parse(special))).toEqual({ ...special });
});
