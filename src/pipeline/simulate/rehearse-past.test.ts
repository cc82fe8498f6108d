import { describe, expect, it } from "vitest";
import { momentNames } from "../../../contract/moment.ts";
import { aCopy, anItem } from "../../../test/support/builders.ts";
import { aRecord, rehearseAll, rulesOf, type Rehearsing } from "../../../test/support/simulation.ts";
import { momentsOfPast } from "./interest.ts";

const startS = 1_790_000_000;
const dayS = 86_400;

const texts = { failed: { en: { body: "Hi {{ customer.name }}, your payment failed." } } };

const telling = {
  name: "telling",
  description: "Tells about what happened.",
  purpose: "To be tested.",
  quietHours: "none",
  caps: "none",
  steps: [{ message: { channel: "chat", text: "failed" } }, { wait: { for: "30 days" } }],
};

/** Ten days. */
function rehearsed(parts: Pick<Rehearsing, "document" | "records" | "journalS">): ReturnType<typeof rehearseAll> {
  return rehearseAll({ fromS: startS, toS: startS + 10 * dayS, ...parts });
}

function only<T>(items: readonly T[]): T {
  const [first] = items;
  if (first === undefined || items.length !== 1) throw new Error(`There are ${items.length}.`);
  return first;
}

describe("a rehearsal of what lies before the journal", () => {
  it("makes up what lies before the journal, and says so", () => {
    const failed = { status: "failed", createdS: startS + 5 * dayS, capturedMinor: 0 };
    const copies = [
      { account: "main", copy: aCopy("customer", { createdS: startS - dayS }) },
      { account: "main", copy: aCopy("charge", failed, { id: "ch_old" }) },
    ];
    const always = rulesOf({ version: 1, texts, rules: [{ ...telling, on: { moment: "payment_failed" } }] });
    const record = aRecord("cus_1", { copies });
    const { rules } = rehearsed({
      document: always,
      records: [record],
      journalS: startS + 8 * dayS,
    });
    expect(only(rules)).toMatchObject({ hits: 1, exact: 0, reconstructed: 1 });
    expect(only(only(rules).samples).atS).toBe(startS + 5 * dayS);
  });

  it("makes up the events that told of the past, with what they were about", () => {
    const object = { status: "paid", amountDueMinor: 1000, amountPaidMinor: 1000, amountRemainingMinor: 0 };
    const copies = [
      aCopy("customer", { createdS: startS - dayS }),
      aCopy("invoice", { ...object, createdS: startS + dayS, attemptCount: 2 }, { id: "in_old" }),
      aCopy(
        "charge",
        { createdS: startS + dayS, status: "failed", amountMinor: 1000, capturedMinor: 0 },
        { id: "ch_1" },
      ),
      aCopy("charge", { createdS: startS + 3 * dayS, capturedMinor: 1000 }, { id: "ch_2" }),
    ];
    const rule = {
      ...telling,
      on: { stripe: "invoice.payment_failed" },
      if: "moment.amount == 10.0",
      while: "profile.is_past_due",
      oncePer: "object",
    };
    const { rules } = rehearsed({
      document: rulesOf({ version: 1, texts, rules: [rule] }),
      records: [aRecord("cus_1", { copies: copies.map((copy) => ({ account: "main", copy })) })],
      journalS: startS + 8 * dayS,
    });
    expect(only(rules)).toMatchObject({ hits: 1, reconstructed: 1, messages: { chat: 1 }, ends: { over: 1 } });
    expect(only(only(rules).samples)).toMatchObject({
      atS: startS + dayS,
      trigger: { kind: "stripe", name: "invoice.payment_failed", objectId: "in_old" },
      ended: { atS: startS + 3 * dayS },
    });
  });

  it("calls dates and crossings reconstructed before the journal, and exact from then on", () => {
    const copies = [{ account: "main", copy: aCopy("customer", { createdS: startS - 300 * dayS }) }];
    const onDay = (name: string, day: number): object => ({
      ...telling,
      name,
      on: { date: "created_at", after: `${300 + day} days` },
    });
    const { rules } = rehearsed({
      document: rulesOf({ version: 1, texts, rules: [onDay("before", 2), onDay("since", 6)] }),
      records: [aRecord("cus_1", { copies })],
      journalS: startS + 5 * dayS,
    });
    expect(rules.map(({ rule, exact, reconstructed }) => [rule, exact, reconstructed])).toEqual([
      ["before", 0, 1],
      ["since", 1, 0],
    ]);
  });

  it("tells before the journal the moments of which it says so", () => {
    const rules = momentNames.map((moment) => ({
      ...telling,
      name: moment.replaceAll("_", "-"),
      on: { moment },
    }));
    const paid = { status: "paid", amountDueMinor: 1000, amountPaidMinor: 1000, amountRemainingMinor: 0 };
    const sub = { createdS: startS + dayS, items: [anItem()] };
    const copies = [
      aCopy("customer", { createdS: startS }),
      aCopy("subscription", {
        ...sub,
        status: "canceled",
        trialEndS: startS + 2 * dayS,
        canceledAtS: startS + 20 * dayS,
        cancelAtPeriodEnd: true,
        cancelAtS: startS + 25 * dayS,
        endedAtS: startS + 25 * dayS,
      }),
      aCopy("invoice", {
        ...paid,
        createdS: startS + 3 * dayS,
        subscriptionId: "subscription_1",
        dueDateS: startS + 9 * dayS,
      }),
      aCopy(
        "charge",
        { createdS: startS + 3 * dayS, status: "failed", amountMinor: 1000, capturedMinor: 0 },
        { id: "ch_1" },
      ),
      aCopy("charge", { createdS: startS + 4 * dayS, capturedMinor: 1000, refundedMinor: 100 }, { id: "ch_2" }),
      aCopy("refund", { createdS: startS + 5 * dayS, status: "succeeded", amountMinor: 100, chargeId: "ch_2" }),
      aCopy("dispute", { createdS: startS + 6 * dayS, status: "lost" }),
    ];
    const told = rehearseAll({
      document: rulesOf({ version: 1, texts, rules }),
      records: [aRecord("cus_1", { copies: copies.map((copy) => ({ account: "main", copy })) })],
      fromS: startS,
      toS: startS + 40 * dayS,
      journalS: startS + 40 * dayS,
    }).rules.flatMap(({ rule, hits }) => (hits > 0 ? [rule.replaceAll("-", "_")] : []));
    expect(told.toSorted()).toEqual([...momentsOfPast].toSorted());
  });
});
