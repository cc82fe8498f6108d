/** Notes, tickets, conversations, messages, tags, data events and priorities while answers get lost, calls fail and processes die: none twice, none lost. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { effectQuery, type EffectEntry } from "../../contract/effect.ts";
import { transaction } from "../../src/db/transaction.ts";
import { lookOf, type EffectBody } from "../../src/effects/effect.ts";
import { getEntry, listEntries, planEffects, replayEffect } from "../../src/effects/store.ts";
import { lanes } from "../../src/model/lane.ts";
import type { FaultRule } from "../../sandbox/kernel/faults.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { castEffects, link, linkedCustomer, type Role } from "../support/effect-cast.ts";
import { startEffectWorker, type EffectWorkerOptions, type RunningEffectWorker } from "../support/effect-worker.ts";
import { createHome, type Home } from "../support/home.ts";
import { openSandbox } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

const patience = { withinMs: 25_000, everyMs: 40 };

let sandbox: Sandbox;
let home: Home;
const running: RunningEffectWorker[] = [];

beforeAll(async () => {
  [sandbox, home] = await Promise.all([openSandbox({ customers: 2 }), createHome()]);
});

afterEach(async () => {
  sandbox.faults.clear();
  sandbox.intercom.setSearchLagMs(0);
  sandbox.intercom.setUnauthorized(false);
  for (const each of running.splice(0)) await each.stop();
  await home.pool.query("truncate effects");
});

afterAll(async () => {
  await sandbox.close();
  await home.remove();
});

function start(options: Partial<EffectWorkerOptions> = {}): RunningEffectWorker {
  const node = `node-${running.length + 1}`;
  const worker = startEffectWorker({ databaseUrl: home.databaseUrl, sandboxUrl: sandbox.url, node, ...options });
  running.push(worker);
  return worker;
}

async function plan(roles: readonly Pick<Role, "customerId" | "effect" | "name">[]): Promise<void> {
  const plans = roles.map(({ customerId, effect, name }) => ({
    account: "main",
    customerId,
    key: `${customerId}:${name}`,
    lane: "calm" as const,
    effect,
  }));
  await transaction(home.pool, (tx) => planEffects(tx, plans));
}

/** Nothing is open any more; answers all entries by customer. */
async function settled(): Promise<ReadonlyMap<string, EffectEntry>> {
  return eventually(async () => {
    const { effects } = await listEntries(home.pool, effectQuery.parse({ limit: 200 }));
    const open = effects.filter(({ state }) => state !== "confirmed" && state !== "failed");
    expect(open.map(({ key, state, error }) => [key, state, error])).toEqual([]);
    return new Map(effects.filter(({ kind }) => kind !== "attributes").map((effect) => [effect.customerId, effect]));
  }, patience);
}

const isMessage = ({ effect }: Role): boolean => effect.kind === "message";

/** Befalls the call of each of them, once. */
function sabotage(roles: readonly Role[], fault: Pick<FaultRule, "kind" | "delayMs" | "status">): void {
  for (const [pathPattern, method] of new Map(roles.map((role) => [role.pathPattern, role.method]))) {
    const count = roles.filter((role) => role.pathPattern === pathPattern).length;
    sandbox.faults.add({ vendor: "intercom", method, pathPattern, count, ...fault });
  }
}

function countsOf(roles: readonly Role[]): Readonly<Record<string, number>> {
  return Object.fromEntries(roles.map(({ name, count }) => [name, count()]));
}

function each(roles: readonly Role[], count: (role: Role) => number): Readonly<Record<string, number>> {
  return Object.fromEntries(roles.map((role) => [role.name, count(role)]));
}

const once1 = (): number => 1;

describe("every kind of effect", () => {
  it("arrives once when nothing is wrong, and in order per contact", async () => {
    const roles = await castEffects(home.pool, sandbox, "fine");
    const contactId = await linkedCustomer(home.pool, sandbox, "orderly");
    const notes = Array.from({ length: 8 }, (_, index): EffectBody => ({ kind: "note", text: `Note ${index}` }));
    await plan([
      ...roles,
      ...notes.map((effect, index) => ({ customerId: "cus_orderly", effect, name: `note-${index}` })),
    ]);
    start();
    start();
    const entries = await settled();

    expect(countsOf(roles)).toEqual(each(roles, once1));
    for (const { customerId, contactId: contact } of roles)
      expect(entries.get(customerId)).toMatchObject({
        state: "confirmed",
        endedHow: "answer",
        contactId: contact,
        attempt: 1,
      });
    expect(sandbox.intercom.notesOn(contactId).map(({ body }) => body)).toEqual(
      notes.map((_, index) => `<p>Note ${index}</p>`),
    );
  });

  it.each<[string, Pick<FaultRule, "kind" | "delayMs" | "status">]>([
    ["the connection breaks after it was done", { kind: "reset-after" }],
    ["an error is answered after it was done", { kind: "status-after", status: 503 }],
    ["half of the answer comes", { kind: "truncate" }],
    ["the answer takes too long", { kind: "slow", delayMs: 3_000 }],
  ])("is there once when %s", async (name, fault) => {
    const roles = await castEffects(home.pool, sandbox, fault.kind);
    await plan(roles);
    sabotage(roles, fault);
    start({ timeoutMs: 400 });
    const entries = await settled();

    expect(countsOf(roles), name).toEqual(each(roles, once1));
    expect(sandbox.faults.list().every(({ hits, count }) => hits === count)).toBe(true);
    for (const role of roles) {
      const { customerId, effect } = role;
      const isFound = lookOf(effect) !== "none";
      expect(entries.get(customerId), customerId).toMatchObject({
        state: "confirmed",
        ...(isFound ? { endedHow: "look", attempt: 1 } : { endedHow: "answer" }),
      });
      if (isMessage(role)) expect(entries.get(customerId)?.conversationId).not.toBeNull();
    }
  });

  it.each<[string, Pick<FaultRule, "kind" | "status">]>([
    ["the connection breaks before anything was done", { kind: "reset-before" }],
    ["an error is answered and nothing was done", { kind: "status", status: 500 }],
    ["something in between answers with a page", { kind: "html" }],
  ])("is sent again when %s, but for messages, of which nobody can tell", async (_, fault) => {
    const roles = await castEffects(home.pool, sandbox, fault.kind);
    await plan(roles);
    sabotage(roles, fault);
    start();
    const entries = await settled();

    expect(countsOf(roles)).toEqual(each(roles, (role) => (isMessage(role) ? 0 : 1)));
    for (const role of roles)
      expect(entries.get(role.customerId), role.name).toMatchObject(
        isMessage(role)
          ? { state: "failed", error: { code: "EFFECT_UNCERTAIN" } }
          : { state: "confirmed", endedHow: "answer" },
      );
  });

  it("is sent again without a look when Intercom has certainly not done it", async () => {
    const roles = await castEffects(home.pool, sandbox, "refused");
    await plan(roles);
    sabotage(roles, { kind: "status", status: 404 });
    start();
    const entries = await settled();

    expect(countsOf(roles)).toEqual(each(roles, once1));
    for (const { customerId } of roles) expect(entries.get(customerId)?.endedHow).toBe("answer");
  });

  it("is there once when the process dies right after sending", async () => {
    const roles = await castEffects(home.pool, sandbox, "killed");
    await plan(roles);
    const child = spawn(
      process.execPath,
      ["--import", "./test/support/database-typescript.mjs", "test/support/effects-with-crash.ts"],
      {
        env: {
          PATH: process.env["PATH"],
          DATABASE_URL: home.databaseUrl,
          SANDBOX_URL: sandbox.url,
          CRASH_PASSES: String(roles.length),
        },
        stdio: "inherit",
      },
    );
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");
    expect(countsOf(roles)).toEqual(each(roles, once1));
    start();
    const entries = await settled();

    expect(countsOf(roles)).toEqual(each(roles, once1));
    for (const { customerId } of roles) expect(entries.get(customerId)?.state).toBe("confirmed");
  });

  it("survives much trouble with two workers", async () => {
    const names = Array.from({ length: 8 }, (_, index) => `storm-${index}`);
    const contacts = await Promise.all(names.map((name) => linkedCustomer(home.pool, sandbox, name)));
    const plans = names.flatMap((name) =>
      ["a", "b", "c"].map((key) => ({
        customerId: `cus_${name}`,
        effect: { kind: "note", text: `${name} ${key}` } as const,
        name: key,
      })),
    );
    await plan(plans);
    for (const kind of ["reset-after", "reset-before", "status-after", "status", "truncate"] as const)
      sandbox.faults.add({ vendor: "intercom", kind, rate: 0.1 });
    start();
    start();
    await settled();

    for (const [index, contactId] of contacts.entries())
      expect(sandbox.intercom.notesOn(contactId).map(({ body }) => body)).toEqual(
        ["a", "b", "c"].map((key) => `<p>storm-${index} ${key}</p>`),
      );
  });
});

describe("while the search lags behind", () => {
  it("what was done is found by a later look", async () => {
    sandbox.intercom.setSearchLagMs(500);
    const roles = await castEffects(home.pool, sandbox, "lag");
    await plan(roles);
    sabotage(roles, { kind: "reset-after" });
    start();
    const entries = await settled();

    expect(countsOf(roles)).toEqual(each(roles, once1));
    for (const { customerId } of roles) expect(entries.get(customerId)?.state).toBe("confirmed");
  });

  it("for longer than we look, a message is not repeated, until a person decides", async () => {
    const roles = (await castEffects(home.pool, sandbox, "longlag")).filter(isMessage);
    sandbox.intercom.setSearchLagMs(3_600_000);
    await plan(roles);
    sabotage(roles, { kind: "reset-before" });
    start();
    const entries = await settled();
    expect(countsOf(roles)).toEqual(each(roles, () => 0));
    for (const { customerId } of roles) {
      const entry = entries.get(customerId);
      expect(entry).toMatchObject({ state: "failed", error: { code: "EFFECT_UNCERTAIN" } });
      await replayEffect(home.pool, entry?.id ?? "");
    }
    await settled();

    expect(countsOf(roles)).toEqual(each(roles, once1));
  });

  it("a message that may be repeated is repeated when it is not found", async () => {
    const contactId = await linkedCustomer(home.pool, sandbox, "insistent");
    const effect = { kind: "message", channel: "inapp", text: "Hi", guarantee: "at_least_once" } as const;
    await plan([{ customerId: "cus_insistent", effect, name: "hi" }]);
    sandbox.faults.add({ vendor: "intercom", pathPattern: "^/messages$", kind: "reset-before", count: 1 });
    start();
    await settled();

    expect(sandbox.intercom.messagesTo(contactId)).toHaveLength(1);
  });
});

describe("equal effects", () => {
  it("are as many in Intercom as in the ledger, even when answers get lost", async () => {
    const contactId = await linkedCustomer(home.pool, sandbox, "twins");
    const effect = { kind: "note", text: "The same words" } as const;
    const names = ["a", "b", "c"];
    await plan(names.map((name) => ({ customerId: "cus_twins", effect, name })));
    sandbox.faults.add({ vendor: "intercom", pathPattern: "/notes$", method: "POST", kind: "reset-after", count: 2 });
    start();
    await settled();

    expect(sandbox.intercom.notesOn(contactId)).toHaveLength(3);
  });

  it("of one second are tracked in different seconds", async () => {
    const contactId = await linkedCustomer(home.pool, sandbox, "busy-second");
    const effect = { kind: "data_event", name: "invoice-paid", occurredAtS: 1_790_000_000 } as const;
    await plan(["a", "b", "c"].map((name) => ({ customerId: "cus_busy-second", effect, name })));
    start();
    await settled();

    expect(sandbox.intercom.eventsOf(contactId).map(({ created_at }) => created_at)).toEqual([
      1_790_000_000, 1_790_000_001, 1_790_000_002,
    ]);
  });
});

describe("the contact", () => {
  const note = { kind: "note", text: "Hello" } as const;

  it("is waited for until the customer is linked", async () => {
    const { id } = sandbox.intercom.seedContact({ role: "user", email: "late@example.com" });
    await plan([{ customerId: "cus_late", effect: note, name: "hello" }]);
    start();
    await eventually(async () => {
      const { effects } = await listEntries(home.pool, effectQuery.parse({ customer: "cus_late" }));
      expect(effects[0]).toMatchObject({ state: "planned", error: { code: "EFFECT_WITHOUT_CONTACT" } });
    }, patience);
    await link(home.pool, "cus_late", id);
    await settled();

    expect(sandbox.intercom.notesOn(id)).toHaveLength(1);
  });

  it("is not waited for longer than a day", async () => {
    await plan([{ customerId: "cus_never", effect: note, name: "hello" }]);
    await home.pool.query("update effects set queued_at = now() - interval '25 hours'");
    start();

    expect((await settled()).get("cus_never")).toMatchObject({
      state: "failed",
      error: { code: "EFFECT_WITHOUT_CONTACT" },
    });
  });

  it("that was deleted gets nothing", async () => {
    await home.pool.query(
      "insert into identities (account, customer_id, state, inputs) values ('main', 'cus_gone', 'gone', '[]')",
    );
    await plan([{ customerId: "cus_gone", effect: note, name: "hello" }]);
    start();

    expect((await settled()).get("cus_gone")?.state).toBe("failed");
  });

  it("of the person's leader gets the effects of all their customers", async () => {
    const contactId = await linkedCustomer(home.pool, sandbox, "leader");
    await home.pool.query(
      `insert into identities (account, customer_id, state, inputs, leader_account, leader_id)
        values ('shop', 'cus_member', 'linked', '[]', 'main', 'cus_leader')`,
    );
    const of = (account: string, customerId: string) => ({
      account,
      customerId,
      key: "hello",
      lane: "urgent" as const,
      effect: { ...note, text: `For ${customerId}` },
    });
    await planEffects(home.pool, [of("main", "cus_leader"), of("shop", "cus_member")]);
    sandbox.faults.add({ vendor: "intercom", pathPattern: "/notes$", method: "POST", kind: "reset-after", count: 2 });
    start();
    start();
    await settled();

    expect(
      sandbox.intercom
        .notesOn(contactId)
        .map(({ body }) => body)
        .toSorted(),
    ).toEqual(["<p>For cus_leader</p>", "<p>For cus_member</p>"]);
  });

  it("that was merged is followed, by what is sent and by what is looked for", async () => {
    const from = sandbox.intercom.seedContact({ role: "lead", email: "merged@example.com" });
    const into = sandbox.intercom.seedContact({ role: "user", email: "merged@example.com" });
    await link(home.pool, "cus_merged", from.id);
    await plan([{ customerId: "cus_merged", effect: note, name: "one" }]);
    sandbox.faults.add({ vendor: "intercom", pathPattern: "/notes$", method: "POST", kind: "reset-after", count: 1 });
    const { worker } = start({ looks: { listMs: [600, 200], searchMs: [50] } });
    await eventually(() => expect(sandbox.intercom.notesOn(from.id)).toHaveLength(1), patience);
    sandbox.intercom.mergeContacts(from.id, into.id);
    await settled();
    await plan([{ customerId: "cus_merged", effect: { ...note, text: "Again" }, name: "two" }]);
    worker.wake();
    await settled();

    expect(sandbox.intercom.notesOn(into.id)).toHaveLength(2);
  });
});

describe("Intercom", () => {
  it("refusing the token pauses everything, and nothing is lost", async () => {
    const roles = await castEffects(home.pool, sandbox, "unauthorized");
    sandbox.intercom.setUnauthorized(true);
    await plan(roles);
    const { worker, blocked } = start();
    await eventually(async () => {
      const { rows } = await home.pool.query("select from effects where leased_by is not null");
      expect([blocked.length > 0, rows.length]).toEqual([true, 0]);
    }, patience);
    sandbox.intercom.setUnauthorized(false);
    worker.setOpen(lanes);
    await settled();

    expect(countsOf(roles)).toEqual(each(roles, once1));
  });

  it("refusing one effect for good makes a dead letter, and the next one of the customer goes on", async () => {
    const contactId = await linkedCustomer(home.pool, sandbox, "refusal");
    const ticket: EffectBody = {
      kind: "ticket",
      ticketTypeId: "7001",
      title: "x",
      attributes: { unknown_attribute: 1 },
    };
    await plan([{ customerId: "cus_refusal", effect: ticket, name: "ticket" }]);
    await plan([{ customerId: "cus_refusal", effect: { kind: "note", text: "Next" }, name: "note" }]);
    const { blocked } = start();
    await settled();
    const { effects } = await listEntries(home.pool, effectQuery.parse({ customer: "cus_refusal", state: "failed" }));

    expect(effects.map(({ kind }) => kind)).toEqual(["ticket"]);
    expect(sandbox.intercom.notesOn(contactId)).toHaveLength(1);
    expect(blocked).toEqual([]);
    const details = await getEntry(home.pool, effects[0]?.id ?? "");
    expect(details.effect).toEqual(ticket);
  });

  it("lacking a permission concerns the effect alone", async () => {
    await linkedCustomer(home.pool, sandbox, "forbidden");
    sandbox.intercom.revokeScope("write_tickets");
    const ticket: EffectBody = { kind: "ticket", ticketTypeId: "7001", title: "x" };
    await plan([{ customerId: "cus_forbidden", effect: ticket, name: "ticket" }]);
    const { blocked } = start();
    const entries = await settled();
    sandbox.intercom.grantScope("write_tickets");

    expect(entries.get("cus_forbidden")).toMatchObject({ state: "failed", error: { code: "INTERCOM_FORBIDDEN" } });
    expect(blocked).toEqual([]);
  });
});

describe("a long list", () => {
  it("is gone through without a question to the ledger for each effect that ends", async () => {
    const names = Array.from({ length: 160 }, (_, index) => `many-${index}`);
    for (const [index, name] of names.entries()) {
      // They end one after the other, and not all in one moment.
      const pathPattern = `/contacts/${await linkedCustomer(home.pool, sandbox, name)}/notes$`;
      sandbox.faults.add({ vendor: "intercom", pathPattern, kind: "slow", delayMs: 40 + (index % 32) * 12 });
    }
    await plan(names.map((name) => ({ customerId: `cus_${name}`, effect: { kind: "note", text: "Hello" }, name })));
    const { claims } = start();
    const entries = await settled();

    expect([...entries.values()].every(({ state }) => state === "confirmed")).toBe(true);
    expect(claims()).toBeLessThan(names.length / 2);
  });
});

describe("a pause", () => {
  it("keeps everything, a lane's keeps that lane, and its end lets it go", async () => {
    const contactId = await linkedCustomer(home.pool, sandbox, "paused");
    const urgentId = await linkedCustomer(home.pool, sandbox, "hurried");
    const { worker } = start();
    worker.setOpen(["urgent", "backfill"]);
    const hurry = async (text: string, count: number): Promise<void> => {
      const effect = { kind: "note", text } as const;
      await planEffects(home.pool, [{ account: "main", customerId: "cus_hurried", key: text, lane: "urgent", effect }]);
      await eventually(() => expect(sandbox.intercom.notesOn(urgentId)).toHaveLength(count), patience);
    };
    await hurry("Now", 1);
    await plan([{ customerId: "cus_paused", effect: { kind: "note", text: "Hello" }, name: "note" }]);
    await hurry("And now", 2);
    expect(sandbox.intercom.notesOn(contactId)).toEqual([]);
    worker.setOpen(lanes);
    await settled();

    expect(sandbox.intercom.notesOn(contactId)).toHaveLength(1);
  });
});
