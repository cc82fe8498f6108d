/**
 * Rules in a storm: two nodes, customers who fail to pay and pay at random moments, events that come twice and in any order, a
 * bad Intercom, lost notifications, nodes that are killed. `RULES_CHAOS_SEED` repeats a run.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import { listDeadLetters } from "../support/home.ts";
import { doubtedText, openRulesStorm, type Payer, type RulesStorm } from "../support/chaos/rules-storm.ts";
import { contactOf } from "../support/sandbox.ts";

const seed = Number(process.env["RULES_CHAOS_SEED"] ?? 20_261_122);
const customers = 40;
const stormMs = 9_000;
const dayS = 86_400;

const document = (ticketType: string): string => `
version: 1
dunning: { stripeEmails: false }
breaker: { share: 100, atLeast: 100000 }
caps: { chat: { messages: 100, per: 1 day } }
texts:
  first: { en: { body: "Invoice {{ moment.object_id }}: the payment failed." } }
  other: { en: { body: "Invoice {{ moment.object_id }}: this is the other rule." } }
  task: { en: { body: Call them } }
  crossed: { en: { body: Three payments. } }
  stayed: { en: { body: A day with us. } }
rules:
  - name: first
    description: Speaks, waits, hands over.
    purpose: Keep the contract going.
    mode: live
    on: { stripe: invoice.payment_failed }
    while: profile.is_past_due
    dunning: true
    priority: 70
    steps:
      - tag: Billing-Issue
      - message: { channel: chat, text: first }
      - wait: { for: 1 day, orReply: true }
      - branch: [{ if: run.last_wait == "reply", then: [{ stop: They answered. }] }]
        else: [{ ticket: { type: "${ticketType}", title: task } }]
  - name: other
    description: Wants to speak about the same.
    purpose: Keep the contract going.
    mode: live
    on: { stripe: invoice.payment_failed }
    while: profile.is_past_due
    dunning: true
    priority: 20
    steps: [{ message: { channel: chat, text: other } }]
  - name: loyal
    description: Marks who has paid three times.
    purpose: Know who stays.
    mode: live
    on: { becomes: profile.payment_count >= 3 }
    steps: [{ set: { attribute: loyal, type: boolean, value: true } }, { note: { text: crossed } }]
  - name: a-day
    description: Notes who has been there for a day.
    purpose: Know who is new.
    mode: live
    on: { date: created_at, after: 1 day }
    steps: [{ note: { text: stayed } }]
`;

const invoiceEvent = z.object({ data: z.object({ object: z.object({ id: z.string(), status: z.string() }) }) });

type Stored = { readonly id: string; readonly body: Buffer; readonly at: Date };

/** The invoice that an event shows as paid. */
function paidIn(body: Buffer): string | null {
  const event: unknown = JSON.parse(body.toString("utf8"));
  const { id, status } = invoiceEvent.parse(event).data.object;
  return status === "paid" ? id : null;
}

describe(`after a storm over two nodes (seed ${seed})`, () => {
  let storm: RulesStorm;
  /** Whoever is not looked for any more. */
  let certain: readonly Payer[];

  beforeAll(async () => {
    storm = await openRulesStorm(seed);
    const ticketType = storm.sandbox.intercom.ticketTypes()[0]?.id ?? "";
    await storm.apply(parse(document(ticketType)));
    await storm.enrol(customers);
    await storm.rage(stormMs);
    await storm.pass(dayS + 3600);
    const { rows } = await storm.home.pool.query<{ customer_id: string }>(doubtedText);
    const doubted = new Set(rows.map((row) => row.customer_id));
    certain = storm.payers.filter(({ customerId }) => !doubted.has(customerId));
    expect(certain.length).toBeGreaterThan(customers / 4);
  }, 120_000);
  afterAll(() => storm.close());

  const contactId = ({ userId }: Payer): string => contactOf(storm.sandbox, userId).id;
  const invoicesOf = ({ customerId }: Payer) => storm.sandbox.stripe.world.tables.invoices.find("customer", customerId);

  it("nobody was written to twice about an invoice, by one rule or by two", () => {
    const texts = storm.payers.flatMap((payer) =>
      storm.sandbox.intercom.messagesTo(contactId(payer)).map(({ body }) => /in_\w+/.exec(body)?.[0] ?? body),
    );
    expect(texts.length).toBeGreaterThan(customers / 4);
    expect(texts.filter((text, index) => texts.indexOf(text) !== index)).toEqual([]);
  });

  /**
   * Right before a message leaves the copies are read, in a statement of its own; what is committed before that statement is
   * seen. Behind it come one commit (that the call leaves) and the call: the wait for the budget is over by then, and nothing
   * is tried again without reading anew. So the bound is the time of one commit and one call: milliseconds, a few seconds on a
   * machine that is busy. `received_at` is when the transaction of the event began, which is before its commit and before the answer 2xx.
   */
  it("no message was taken by Intercom later after the payment was stored than a commit and a call take", async () => {
    const { rows } = await storm.home.pool.query<Stored>(
      `select id, body, received_at as at from stripe_events
        where type like 'invoice.%' and attempt = 0 and state in ('applied', 'unchanged') order by received_at`,
    );
    const paidAt = new Map<string, number>();
    for (const { body, at } of rows) {
      const id = paidIn(body);
      if (id !== null && !paidAt.has(id)) paidAt.set(id, at.getTime());
    }
    const late = storm.sandbox.requests
      .since(0)
      // An answer that was lost has no status.
      .filter(({ method, path, status }) => method === "POST" && path === "/messages" && [0, 200].includes(status))
      .flatMap(({ at, body }) => {
        const id = /in_\w+/.exec(JSON.stringify(body))?.[0] ?? "";
        return [{ id, lateMs: at - (paidAt.get(id) ?? Number.POSITIVE_INFINITY) }];
      });
    expect(late.length).toBeGreaterThan(customers / 4);
    expect(paidAt.size).toBeGreaterThan(customers);
    expect(late.filter(({ lateMs }) => lateMs > 3_000)).toEqual([]);
  });

  it("the tag is on exactly those who owe something", () => {
    const tagged = certain.filter((payer) =>
      storm.sandbox.intercom.tagNamesOf(contactId(payer)).includes("Billing-Issue"),
    );
    const owing = certain.filter((payer) => invoicesOf(payer).some(({ status }) => status === "open"));
    expect(owing.length).toBeGreaterThan(0);
    expect(tagged.map(({ userId }) => userId)).toEqual(owing.map(({ userId }) => userId));
  });

  it("each crossing and each date began one run, and each run did its steps once", async () => {
    const { intercom } = storm.sandbox;
    const seen = certain.map((payer) => {
      const notes = intercom.notesOn(contactId(payer)).map(({ body }) => body);
      const count = (words: string): number => notes.filter((note) => note.includes(words)).length;
      return { crossed: count("Three payments"), stayed: count("A day with us") };
    });
    const wanted = certain.map((payer) => {
      const payments = invoicesOf(payer).filter(({ status, amount_paid: paid }) => status === "paid" && paid > 0);
      return { crossed: payments.length >= 3 ? 1 : 0, stayed: 1 };
    });
    expect(wanted.filter(({ crossed }) => crossed === 1).length).toBeGreaterThan(3);
    expect(seen).toEqual(wanted);
    expect(
      certain.map(({ userId }) => (contactOf(storm.sandbox, userId).custom_attributes["loyal"] === true ? 1 : 0)),
    ).toEqual(wanted.map(({ crossed }) => crossed));
  });

  it("nothing is stuck, and nothing waits for a person", async () => {
    const { rows: stuck } = await storm.home.pool.query<{ what: string }>(
      `select rule || ' ' || customer_id || ' ' || coalesce(run, state) as what from rule_runs
        where (state = 'matched' or (state = 'running' and run like '%"for":"effect"%')) and customer_id not in (${doubtedText})`,
    );
    expect(stuck.map(({ what }) => what)).toEqual([]);
    expect(await listDeadLetters(storm.home.pool)).toEqual([]);
    const { rows: failed } = await storm.home.pool.query<{ what: string }>(
      "select key || ' ' || error_message as what from effects where state = 'failed' and doubted_at is null",
    );
    expect(failed.map(({ what }) => what)).toEqual([]);
    expect(storm.nodes.flatMap((node) => node.ownEnds())).toEqual([]);
  });

  it("whoever did not answer within a day has a ticket, and nobody has two for one invoice", async () => {
    const { rows } = await storm.home.pool.query<{ customer_id: string; tickets: number }>(
      `select customer_id, count(*)::int as tickets from rule_steps where kind = 'ticket' and result = 'done' group by customer_id`,
    );
    const recorded = new Map(rows.map(({ customer_id, tickets }) => [customer_id, tickets]));
    const there = certain.map((payer) => storm.sandbox.intercom.ticketsOf(contactId(payer)).length);
    expect(there).toEqual(certain.map(({ customerId }) => recorded.get(customerId) ?? 0));
    expect(there.filter((count) => count > 0).length).toBeGreaterThan(0);
  });
});
