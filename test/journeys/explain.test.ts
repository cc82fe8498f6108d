/** Where a value comes from can be told for everything that was ever written: back to the events of Stripe. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  attributeExplanation,
  customerExplanation,
  type AttributeExplanation,
  type ExplainWrite,
} from "../../contract/explain.ts";
import { somethingHappens } from "../../sandbox/company/bustle.ts";
import { SeededRandom } from "../../sandbox/kernel/random.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, type Home } from "../support/home.ts";
import { runCommand } from "../support/process.ts";
import { attributesOf, findSteadyCustomer, openSandbox, stripeOf } from "../support/sandbox.ts";
import { environmentFor, startDunlin, type Dunlin } from "../support/server.ts";

type Write = { readonly id: string; readonly customerId: string; readonly names: readonly string[] };

describe("a busy company", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  /** Somebody of whom this test knows what happened to them. */
  let thea: { readonly id: string; readonly userId: string };

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 12 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
    const random = new SeededRandom(7);
    for (let round = 0; round < 12; round += 1) {
      for (let n = 0; n < 5; n += 1) somethingHappens({ stripe: sandbox.stripe, random });
      await dunlin.settled();
    }
    const { id, metadata } = await findSteadyCustomer(sandbox);
    thea = { id, userId: metadata["user_id"] ?? "" };
    sandbox.stripe.scenarios.paymentFails(id);
    await dunlin.settled();
    sandbox.stripe.scenarios.paymentSucceeds(id);
    await dunlin.settled();
    sandbox.stripe.scenarios.refund(id, 100);
    sandbox.stripe.scenarios.replaceCard(id);
    await dunlin.settled();
    await stripeOf(sandbox).products.update("prod_lapwing_team", { name: "Team Plus" });
    await dunlin.settled(30_000);
    // One person who buys twice is two customers in Stripe and one contact in Intercom.
    for (let purchase = 1; purchase <= 2; purchase += 1) {
      sandbox.stripe.scenarios.checkout({ email: "twice@example.com", name: "Twice Bought", userId: "user_twice" });
      await dunlin.settled();
    }
  }, 120_000);

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  async function ask(query: Record<string, string>): Promise<unknown> {
    const answer = await fetch(`${dunlin.url}/api/explain?${new URLSearchParams(query).toString()}`);
    const body: unknown = await answer.json();
    if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(body)}`);
    return body;
  }

  async function explain(customer: string, attribute: string): Promise<AttributeExplanation> {
    return attributeExplanation.parse(await ask({ customer, attribute, writes: "100" }));
  }

  async function listWrites(): Promise<readonly Write[]> {
    const { rows } = await home.pool.query<{ id: number; customer_id: string; changes: string }>(
      "select id, customer_id, changes from contact_writes order by id",
    );
    return rows.map(({ id, customer_id: customerId, changes }) => {
      const parsed: unknown = JSON.parse(changes);
      const names = Array.isArray(parsed)
        ? parsed.map((change: unknown) => String(Array.isArray(change) ? change[0] : ""))
        : [];
      return { id: String(id), customerId, names };
    });
  }

  it("can explain every attribute of every write that was made", async () => {
    const writes = await listWrites();
    expect(writes.length).toBeGreaterThan(60);
    const known = new Set(sandbox.stripe.world.tables.events.all().map(({ id }) => id));
    const chains = new Map<string, AttributeExplanation>();
    const gaps: string[] = [];
    let checked = 0;
    for (const { id, customerId, names } of writes) {
      for (const name of names) {
        const key = `${customerId} ${name}`;
        const chain = chains.get(key) ?? (await explain(customerId, name));
        chains.set(key, chain);
        const write = chain.writes.find((one) => one.id === id);
        const gap = write ? gapIn(write, known) : "it is not in the answer";
        if (gap !== null) gaps.push(`write ${id} of ${key}: ${gap}`);
        checked += 1;
      }
    }
    expect(gaps).toEqual([]);
    expect(checked).toBeGreaterThan(300);
  }, 120_000);

  it("agrees with what the contacts show", async () => {
    const shown = attributesOf(sandbox, thea.userId);
    for (const name of Object.keys(shown)) {
      const { desired, shown: known, writes } = await explain(thea.id, name);
      expect(known?.agrees).toBe(true);
      expect(known?.value).toEqual(shown[name]);
      expect(desired?.value).toEqual(shown[name]);
      if (shown[name] === null) expect(desired?.whyEmpty).toMatch(/\.$/);
      if (writes[0]) expect(writes[0].after).toEqual(shown[name]);
    }
  });

  it("names the event that made a value what it is, and what it changed", async () => {
    const { writes } = await explain(thea.id, "status");
    const failed = writes.find(({ after }) => after === "past_due");
    expect(failed).toMatchObject({ before: "active", lane: "urgent", mapping: "stripe@3", cause: { kind: "events" } });
    const told = failed?.events.filter(({ type }) => type === "customer.subscription.updated") ?? [];
    expect(told.every(({ came, state }) => came === "webhook" && state === "applied")).toBe(true);
    expect(told.flatMap(({ changes }) => changes)).toContainEqual({
      field: "status",
      before: "active",
      after: "past_due",
    });
  });

  it("finds a customer by e-mail, user id and contact id", async () => {
    const { identity, customer } = await explain(thea.id, "plan");
    const { email } = sandbox.intercom.contact(identity.contactId ?? "") ?? {};
    for (const name of [thea.userId, identity.contactId ?? "", String(email)])
      expect((await explain(name, "plan")).customer).toEqual(customer);
    expect(identity).toMatchObject({ state: "linked", contactUrl: expect.stringContaining(identity.contactId ?? "") });
    expect(identity.linkedAt).not.toBeNull();
  });

  it("tells of a person who is several customers which of them speaks, and counts the payments of all", async () => {
    const { identity, desired, shown, writes } = await explain("user_twice", "payment_count");
    expect(identity.customers).toHaveLength(2);
    expect(identity.customers.map(({ isPrimary }) => isPrimary)).toEqual([true, false]);
    expect(desired).toMatchObject({ value: 2 });
    expect(shown).toMatchObject({ value: 2, agrees: true });
    const paid = writes[0]?.objects.filter(({ kind }) => kind === "charge") ?? [];
    expect(paid).toHaveLength(2);

    const member = identity.customers.find(({ isLeader }) => !isLeader);
    const asMember = await explain(member?.id ?? "", "payment_count");
    expect(asMember.writes).toEqual(writes);
    expect(asMember.identity.contactId).toBe(identity.contactId);
  });

  it("lists all attributes in a line each", async () => {
    const { attributes, notices } = customerExplanation.parse(await ask({ customer: thea.id }));
    expect(notices).toEqual([]);
    // The attributes that are on, and e-mail, name and phone.
    expect(attributes).toHaveLength(56);
    expect(attributes.find(({ name }) => name === "stripe_card_brand")).toMatchObject({
      desired: "mastercard",
      shown: "mastercard",
    });
  });

  it("says what stands in the way before anything else", async () => {
    await home.pool.query(
      `insert into sync_jobs (account, customer_id, lane, state, attempt, due_at, error_code, error_message)
       values ('main', $1, 1, 'dead', 3, now(), 'INTERCOM_REJECTED', 'Intercom refused the name.')`,
      [thea.id],
    );
    try {
      const { notices } = await explain(thea.id, "plan");
      expect(notices).toMatchObject([
        { kind: "dead", remedy: expect.stringContaining(`dunlin replay dead ${thea.id}`) },
      ]);
    } finally {
      await home.pool.query("delete from sync_jobs where customer_id = $1", [thea.id]);
    }
  });

  it("says of whom no contact is written, and why", async () => {
    const { rows } = await home.pool.query<{ customer_id: string }>(
      "select customer_id from identities where state = 'quarantined' limit 1",
    );
    const { notices, identity, desired, shown } = await explain(rows[0]?.customer_id ?? "", "plan");
    expect(notices[0]).toMatchObject({ kind: "quarantined", remedy: expect.stringContaining("dunlin identity") });
    expect(identity).toMatchObject({ state: "quarantined", contactId: null });
    expect(desired).not.toBeNull();
    expect(shown).toBeNull();
  });

  it("says that a pause holds up what is pending", async () => {
    await home.pool.query(
      "insert into pauses (scope, made_by, code, reason) values ('lane:calm', 'person', 'PAUSED', 'A migration.')",
    );
    await home.pool.query(
      "insert into sync_jobs (account, customer_id, lane, due_at) values ('main', $1, 1, now() + interval '1 hour')",
      [thea.id],
    );
    try {
      const { notices } = await explain(thea.id, "plan");
      expect(notices.map(({ kind }) => kind)).toEqual(["paused", "pending"]);
      expect(notices[0]?.text).toContain("A migration.");
    } finally {
      await home.pool.query("delete from pauses");
      await home.pool.query("delete from sync_jobs where customer_id = $1", [thea.id]);
    }
  });

  it("says plainly that an event is no longer stored", async () => {
    const { writes } = await explain(thea.id, "card_brand");
    const gone = writes[0]?.objects.find(({ eventId }) => eventId !== null)?.eventId ?? "";
    await home.pool.query("delete from stripe_events where id = $1", [gone]);
    const after = await explain(thea.id, "card_brand");
    expect(after.writes[0]?.eventsGone).toEqual([gone]);
    expect(after.notices).toMatchObject([{ kind: "thinned" }]);
  });

  it("refuses whom and what it does not know", async () => {
    await expect(ask({ customer: "nobody@example.com" })).rejects.toThrow("CUSTOMER_UNKNOWN");
    await expect(ask({ customer: thea.id, attribute: "shoe_size" })).rejects.toThrow("ATTRIBUTE_UNKNOWN");
    await expect(ask({ attribute: "plan" })).rejects.toThrow("REQUEST_INVALID");
  });

  it("is told on the terminal as well", async () => {
    const env = {
      ...environmentFor(sandbox.url, dunlin.port),
      DUNLIN_DATA_DIR: home.dataDir,
      DATABASE_URL: home.databaseUrl,
    };
    const { exitCode, output } = await runCommand(["explain", thea.id, "status"], env);
    expect(exitCode).toBe(0);
    expect(output).toContain("active → past_due");
    expect(output).toMatch(/evt_\w+ {2}customer\.subscription\.updated/);
    expect(output).toMatch(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC \((\d+ (s|min) ago|just now)\)/);
  });
});

/** What is missing in the chain of a write; null when it is complete. */
function gapIn(write: ExplainWrite, known: ReadonlySet<string>): string | null {
  const { cause, objects, eventsGone, requestId, mapping, lagMs, contactId } = write;
  if (cause.kind === "unknown" || cause.kind === "repair") return `its cause is told as ${cause.kind}`;
  if ([requestId, mapping, lagMs].includes(null) || contactId === "") return "the write itself is incomplete";
  if (objects.length === 0) return "it rests on nothing";
  if (eventsGone.length > 0) return `events are missing: ${eventsGone.join(", ")}`;
  return gapInEvents(write, known);
}

/** Every copy has its event, every event is one of Stripe's and older than the write, and one of them changed something. */
function gapInEvents({ at, cause, objects, events }: ExplainWrite, known: ReadonlySet<string>): string | null {
  const told = new Set<string | null>(events.map(({ id }) => id));
  const untold = objects.find(({ origin, eventId }) => origin !== "read" && !told.has(eventId));
  if (untold) return `the event of ${untold.id} is not told`;
  const invented = events.find((event) => !known.has(event.id) || event.receivedAt > at);
  if (invented) return `${invented.id} cannot have caused it`;
  if (cause.kind === "linked" || cause.kind === "read") return null;
  const fresh = new Set<string | null>(objects.filter(({ isNew }) => isNew).map(({ id }) => id));
  const isTold = events.some(({ objectId, changes }) => changes.length > 0 && fresh.has(objectId));
  return isTold ? null : "no event changed anything that it rests on";
}
