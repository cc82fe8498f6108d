/** Rules in bad moments: the money arrives while a message is on its way, two rules want the same customer, a node dies between two steps. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ruleStep, type RuleStep } from "../../contract/rule.ts";
import { saveDocument } from "../../src/documents/store.ts";
import { listDeadLetters } from "../support/home.ts";
import { openStage, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";
import { findSteadyCustomer } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";
import { aMortal } from "../support/mortal.ts";

const patience = { withinMs: 30_000, everyMs: 50 };
const texts = {
  hello: { en: { body: "Your payment failed." } },
  again: { en: { body: "Your payment failed, again." } },
  task: { en: { body: "A payment failed." } },
};

function aDunningRule(name: string, steps: readonly RuleStep[], more: object = {}): object {
  return {
    name,
    description: "Speaks about a failed payment.",
    purpose: "Keep the contract going.",
    mode: "live",
    on: { stripe: "invoice.payment_failed" },
    while: "profile.is_past_due",
    dunning: true,
    steps: steps.map((step) => ruleStep.parse(step)),
    ...more,
  };
}

function documentOf(...rules: readonly object[]): Record<string, unknown> {
  return { version: 1, dunning: { stripeEmails: false }, texts, rules };
}

const speak = { message: { channel: "chat", text: "hello" } } as const;

describe("money that arrives", () => {
  let stage: Stage;
  let customers = 0;
  /** Stripe's times are whole seconds: what happens next is not to be of the same one as the first payment. */
  async function newcomer(): Promise<Person> {
    const person = await stage.newcomer({ name: `payer${(customers += 1)}` });
    await stage.pass({ hours: 1 });
    return person;
  }

  /** The states of all messages. */
  async function messages(): Promise<readonly string[]> {
    const { rows } = await stage.home.pool.query<{ state: string }>("select state from effects where kind = 'message'");
    return rows.map(({ state }) => state);
  }

  /** Nothing leaves for Intercom, or everything does again. */
  async function pauses(method: "PUT" | "DELETE"): Promise<void> {
    const answer = await stage.call(
      method,
      "/api/pauses/intercom",
      method === "PUT" ? { reason: "a test" } : undefined,
    );
    expect(answer.ok).toBe(true);
  }

  beforeAll(async () => {
    stage = await openStage();
  });
  afterAll(() => stage.close());

  it("while the message waits in the ledger keeps it from leaving", async () => {
    await stage.apply(documentOf(aDunningRule("speaker", [speak])));
    const payer = await newcomer();
    await pauses("PUT");
    payer.stripe.paymentFails();
    await eventually(async () => expect(await messages()).toEqual(["planned"]), patience);
    payer.stripe.paymentSucceeds();
    await eventually(() => expect(stage.sandbox.deliveries.pending).toBe(0), patience);
    await pauses("DELETE");
    await stage.settled();

    expect(payer.received).toEqual([]);
    expect(await messages()).toEqual(["withdrawn"]);
    const runs = await stage.home.pool.query<{ how: string }>(
      "select ended_how as how from rule_runs where state = 'ended'",
    );
    expect(runs.rows.map(({ how }) => how)).toContain("over");
  });

  it("during a wait ends the run, and what it has set is taken back", async () => {
    await stage.apply(
      documentOf(
        aDunningRule("patient", [
          { tag: "Billing-Issue" },
          { set: { attribute: "in_dunning", type: "boolean", value: true } },
          { wait: { for: "2 days", orReply: false } },
          speak,
        ]),
      ),
    );
    const payer = await newcomer();
    payer.stripe.paymentFails();
    await payer.untilTagged("Billing-Issue");
    await payer.untilShows({ in_dunning: true });
    await stage.pass({ days: 1 });
    payer.stripe.paymentSucceeds();
    await payer.untilUntagged("Billing-Issue");
    await eventually(() => expect(payer.attributes).not.toHaveProperty("in_dunning"), patience);
    await stage.pass({ days: 3 });

    expect(payer.received).toEqual([]);
  });

  it("ends the run although Intercom refuses to write the contact", async () => {
    await stage.apply(documentOf(aDunningRule("marker", [{ tag: "Billing-Issue" }])));
    const payer = await newcomer();
    payer.stripe.paymentFails();
    await payer.untilTagged("Billing-Issue");
    await stage.settled();
    const refusal = {
      vendor: "intercom",
      method: "PUT",
      pathPattern: "^/contacts/",
      kind: "status",
      status: 422,
    } as const;
    stage.sandbox.faults.add(refusal);
    payer.stripe.paymentSucceeds();
    await payer.untilUntagged("Billing-Issue");

    // A further event about the payment may have had it tried once more.
    await eventually(async () => expect(await stage.deadLetters()).toHaveLength(1), patience);
  });
});

describe("two rules about one invoice", () => {
  it("speak once: the one with the higher priority, and never the other", async () => {
    const stage = await openStage();
    try {
      await stage.apply(
        documentOf(
          aDunningRule("quiet", [{ message: { channel: "chat", text: "again" } }], { priority: 10 }),
          aDunningRule("loud", [speak], { priority: 90 }),
        ),
      );
      const people = await Promise.all(["a", "b", "c"].map((name) => stage.newcomer({ name: `twice${name}` })));
      // Stripe's times are whole seconds: their first payments are not to be of the same one.
      await stage.pass({ hours: 1 });
      for (const person of people) person.stripe.paymentFails();
      for (const person of people) await person.untilReceived("Your payment failed.");
      await stage.pass({ days: 5 });

      for (const person of people) expect(person.received.map(({ text }) => text)).toEqual(["Your payment failed."]);
    } finally {
      await stage.close();
    }
  });
});

describe("a kill -9", () => {
  const mortal = aMortal();

  async function settled(): Promise<void> {
    await eventually(async () => {
      const { rows } = await mortal.home.pool.query(
        `select 1 from sync_jobs union all select 1 from effects where state in ('planned', 'sent', 'unknown')
         union all select 1 from rule_turns where wake_at_s <= extract(epoch from now())`,
      );
      expect(rows).toHaveLength(0);
      expect(mortal.sandbox.deliveries.pending).toBe(0);
    }, patience);
  }

  const steps: readonly RuleStep[] = [
    { tag: "Billing-Issue" },
    speak,
    { note: { text: "task" } },
    { set: { attribute: "in_dunning", type: "boolean", value: true } },
  ].map((step) => ruleStep.parse(step));

  const points = [
    { point: "after-turn-before-commit", passes: 1 },
    { point: "after-turn-before-commit", passes: 3 },
    { point: "after-turn-committed", passes: 1 },
    { point: "after-turn-committed", passes: 2 },
    { point: "after-effect-sent-before-record", passes: 2 },
    { point: "after-effect-recorded", passes: 1 },
    { point: "after-effect-recorded", passes: 2 },
  ];

  it.each(points)("$point, passed $passes times, leaves each step done once", async (crash) => {
    await mortal.start();
    await settled();
    await saveDocument(mortal.home.pool, {
      kind: "rules",
      body: documentOf(aDunningRule("steady", steps)),
      basedOn: 0,
      by: "test",
    });
    await mortal.stop();
    await mortal.start(crash);
    await settled();
    const { id, metadata } = await findSteadyCustomer(mortal.sandbox);
    mortal.sandbox.stripe.scenarios.paymentFails(id);
    await mortal.died();
    await mortal.start();
    await settled();

    const sent = mortal.sandbox.requests
      .since(0)
      .filter(({ vendor, method, status }) => vendor === "intercom" && method === "POST" && status === 200);
    const count = (path: RegExp): number => sent.filter((request) => path.test(request.path)).length;
    expect(metadata).toBeDefined();
    expect({ messages: count(/^\/messages$/), notes: count(/\/notes$/) }).toEqual({ messages: 1, notes: 1 });
    const { rows } = await mortal.home.pool.query<{ how: string | null; state: string }>(
      "select state, ended_how as how from rule_runs",
    );
    expect(rows).toEqual([{ state: "running", how: null }]);
    expect(await listDeadLetters(mortal.home.pool)).toEqual([]);
  });
});
