/** Nightly comparison: whatever was corrupted on either side is found, named for what it is, and repaired where it is ours. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { expectBillingOn, expectContactsRight } from "../support/contacts-check.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { linesOf, reconcile, type Findings } from "../support/reconcile.ts";
import { contactOf, findCustomer, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

type Somebody = { readonly customerId: string; readonly contactId: string; readonly userId: string };

describe("reconcile", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  const taken = new Set<string>();
  const expected: string[] = [];
  const people: Record<string, Somebody> = {};

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 60 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home, env: { DUNLIN_RECONCILE_AT: "off" } });
    await dunlin.settled();
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  async function somebody(name: string): Promise<Somebody> {
    const { id, metadata } = await findSteadyCustomer(sandbox, (candidate) => !taken.has(candidate));
    if (taken.has(id)) return somebody(name);
    taken.add(id);
    const userId = metadata["user_id"] ?? "";
    return (people[name] = { customerId: id, contactId: contactOf(sandbox, userId).id, userId });
  }

  /** Neither vendor tells us anything of what happens now. */
  async function unseen(work: () => void | Promise<void>): Promise<void> {
    sandbox.deliveries.set({ dropRate: 1 });
    try {
      await work();
    } finally {
      sandbox.deliveries.set({ dropRate: 0 });
    }
  }

  function expects(className: string, { customerId }: Pick<Somebody, "customerId">): void {
    expected.push(`${className} ${customerId}`);
  }

  function drift(
    findings: Findings,
    className: string,
    { customerId }: Somebody,
  ): Findings["drifts"][number] | undefined {
    return findings.drifts.find((found) => found.class === className && found.customerId === customerId);
  }

  it("finds nothing on a healthy company, within its budget of calls", async () => {
    const before = sandbox.requests.lastSeq;
    const { run, drifts } = await reconcile(home);
    expect(drifts).toEqual([]);
    const calls = sandbox.requests.since(before).filter(({ vendor }) => vendor === "intercom");
    expect(calls.every(({ method, path }) => method === "GET" && path.startsWith("/contacts"))).toBe(true);
    expect(run.calls.intercom).toBe(calls.length);
    expect(calls.length).toBe(Math.ceil(sandbox.intercom.contacts().length / 150));
    expect(run.progress).toMatchObject({ phase: "end", stoppedIn: null, busy: 0 });
    expect(run.progress.objects).toBeGreaterThan(60 * 3);
  });

  it("finds nothing while events flow and pages are older than what is written meanwhile", async () => {
    const { scenarios } = sandbox.stripe;
    const busy = await Promise.all(Array.from({ length: 8 }, (_, n) => somebody(`busy ${n}`)));
    // What a page shows is decided at once; it arrives when many writes have been made since.
    const slow = sandbox.faults.add({
      vendor: "intercom",
      method: "GET",
      pathPattern: "^/contacts$",
      kind: "slow",
      delayMs: 500,
    });
    let round = 0;
    const bustle = setInterval(() => {
      round += 1;
      const { customerId } = busy[round % busy.length]!;
      scenarios.addCredit(customerId, 100);
      scenarios.updateCustomer(customerId, { name: `Name ${round}` });
    }, 30);
    const runs: Findings[] = [];
    try {
      for (let night = 0; night < 3; night += 1) runs.push(await reconcile(home));
    } finally {
      clearInterval(bustle);
      sandbox.faults.remove(slow.id);
    }
    await dunlin.settled();
    expect(runs.flatMap(linesOf)).toEqual([]);
  });

  it("is given a company that was corrupted in every way, unseen", async () => {
    const { scenarios } = sandbox.stripe;
    const lost = await somebody("lost write");
    const old = contactOf(sandbox, lost.userId).custom_attributes["stripe_status"];
    scenarios.paymentFails(lost.customerId);
    await dunlin.settled();
    // The clock moves on, so that Stripe's answers are younger than what we have.
    await sandbox.clock.advance(10);
    await dunlin.settled();

    await unseen(async () => {
      sandbox.intercom.editContact(lost.contactId, { custom_attributes: { stripe_status: old } });
      expects("lost_write", lost);

      const edited = await somebody("edited");
      sandbox.intercom.editContact(edited.contactId, {
        custom_attributes: { stripe_plan: "Gold", stripe_payment_count: 99 },
      });
      expects("foreign_edit", edited);

      const renamed = await somebody("renamed");
      sandbox.intercom.editContact(renamed.contactId, { name: "A name by hand" });
      expects("foreign_edit", renamed);

      const archived = await somebody("archived");
      sandbox.intercom.archiveContact(archived.contactId);
      expects("archived", archived);

      const deleted = await somebody("deleted contact");
      sandbox.intercom.deleteContact(deleted.contactId);
      expects("archived", deleted);

      const merged = await somebody("merged");
      const survivor = sandbox.intercom.seedContact({ external_id: "survivor", email: "survivor@example.com" });
      sandbox.intercom.mergeContacts(merged.contactId, survivor.id);
      expects("merged", merged);

      const missed = await somebody("missed");
      scenarios.addCredit(missed.customerId, 1234);
      scenarios.paymentFails(missed.customerId);
      expects("missed_event", missed);

      const gone = await somebody("gone");
      scenarios.deleteCustomer(gone.customerId);
      expects("deleted", gone);

      const stranger = await somebody("stranger");
      sandbox.intercom.editContact(stranger.contactId, { external_id: "somebody-else" });
      expects("identity", stranger);

      const waiting = await findCustomer(
        sandbox,
        ({ email, metadata }) =>
          metadata["user_id"] === undefined && email !== null && sandbox.intercom.contactsFor({ email }).length === 0,
      );
      taken.add(waiting.id);
      sandbox.intercom.seedContact({ external_id: "appeared", email: waiting.email ?? "" });
      expects("identity", { customerId: waiting.id });
    });

    const rotten = await somebody("rotten copy");
    await home.pool.query(
      `update stripe_objects set facts = replace(facts, '"status":"active"', '"status":"unpaid"'), rev = rev + 1
       where customer_id = $1 and kind = 'subscription'`,
      [rotten.customerId],
    );
    expects("missed_event", rotten);

    const omitted = await somebody("omitted");
    sandbox.intercom.editContact(omitted.contactId, { custom_attributes: { stripe_plan: "Old plan" } });
    await home.pool.query(
      `update identities set known = jsonb_set(known::jsonb, '{custom,stripe_plan}', '"Old plan"')::text where customer_id = $1`,
      [omitted.customerId],
    );
    expects("lost_write", omitted);
    await dunlin.settled();
  });

  it("finds exactly what was corrupted when it only checks, and changes nothing", async () => {
    const before = sandbox.requests.lastSeq;
    const findings = await reconcile(home, { check: true });
    await dunlin.settled();
    expect(linesOf(findings)).toEqual(expected.toSorted());
    expect(findings.drifts.every(({ done }) => done === "reported")).toBe(true);
    expect(sandbox.requests.since(before).filter(({ method }) => method !== "GET")).toEqual([]);
  });

  it("finds the same when it repairs, and says what differs and what is done about it", async () => {
    const findings = await reconcile(home);
    await dunlin.settled();
    expect(linesOf(findings)).toEqual(expected.toSorted());
    const found = (className: string, name: string): ReturnType<typeof drift> =>
      drift(findings, className, people[name]!);
    expect(found("foreign_edit", "edited")).toMatchObject({
      done: "rewritten",
      differences: expect.arrayContaining([["stripe_plan", expect.any(String), "Gold"]]),
    });
    expect(found("foreign_edit", "renamed")).toMatchObject({
      done: "left",
      differences: [["name", expect.any(String), "A name by hand"]],
    });
    expect(found("lost_write", "lost write")).toMatchObject({
      done: "rewritten",
      differences: [["stripe_status", "past_due", "active"]],
    });
    expect(found("deleted", "gone")?.done).toBe("renewed");
    expect(found("identity", "stranger")).toMatchObject({
      done: "left",
      differences: [["external_id", people["stranger"]?.userId, "somebody-else"]],
    });
    expect(findings.run.counts).toEqual({
      missed_event: 2,
      lost_write: 2,
      foreign_edit: 2,
      deleted: 1,
      archived: 2,
      merged: 1,
      identity: 2,
    });
  });

  it("has repaired what is ours and left what is not", async () => {
    for (const name of ["lost write", "edited", "missed", "rotten copy", "omitted"]) {
      const { contactId, customerId } = people[name]!;
      await expectBillingOn(sandbox, contactId, customerId);
    }
    const survivor = sandbox.intercom.contactsFor({ external_id: "survivor" })[0];
    await expectBillingOn(sandbox, survivor?.id ?? "", people["merged"]?.customerId ?? "");
    expect(sandbox.intercom.contact(people["renamed"]?.contactId ?? "")?.name).toBe("A name by hand");
    expect(sandbox.intercom.contact(people["archived"]?.contactId ?? "")?.state).toBe("archived");
    const others = sandbox.stripe.world.tables.customers.all().map(({ id }) => id);
    await expectContactsRight(sandbox, { only: others.filter((id) => !taken.has(id)) });
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("finds nothing a second time but what waits for a person", async () => {
    const findings = await reconcile(home);
    expect(linesOf(findings)).toEqual([`identity ${people["stranger"]?.customerId}`]);
  });

  it("goes on where the budget of reads has ended, and still finds what is there", async () => {
    const missed = await somebody("missed later");
    await sandbox.clock.advance(10);
    await unseen(() => void sandbox.stripe.scenarios.addCredit(missed.customerId, 4321));
    const runs: Findings[] = [];
    // Eleven customers' pages and more: one read at a time.
    for (let night = 0; night < 20; night += 1) {
      runs.push(await reconcile(home, { calls: 1 }));
      if (linesOf(runs.at(-1)!).some((line) => line.startsWith("missed_event"))) break;
    }
    expect(runs[0]?.run.progress.stoppedIn).not.toBeNull();
    expect(runs.every(({ run }) => run.calls.stripe <= 1)).toBe(true);
    await dunlin.settled();
    await expectBillingOn(sandbox, missed.contactId, missed.customerId);
  });
});
