/** Pushed usage under pressure: duplicates at the same moment, hostile bodies, wrong tokens, and very much of it. What was counted is exact. */
import { Decimal } from "decimal.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { usagePushed, type UsagePushed } from "../../contract/usage.ts";
import { SeededRandom } from "../../sandbox/kernel/random.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";

const token = "a-token-for-usage-alone-and-nothing-else";
const elsewhere = { "x-forwarded-for": "192.0.2.1" };

let sandbox: Sandbox;
let home: Home;
let dunlin: Dunlin;
let customers: readonly string[];

beforeAll(async () => {
  [sandbox, home] = await Promise.all([openSandbox({ customers: 12 }), createHome()]);
  dunlin = await startDunlin({ sandbox, home, env: { DUNLIN_USAGE_TOKEN: token } });
  await dunlin.settled();
  customers = sandbox.stripe.world.tables.customers.all().map(({ id }) => id);
});

afterAll(async () => {
  await dunlin.stop();
  await sandbox.close();
  await home.remove();
});

async function send(body: string, headers: Readonly<Record<string, string>> = { authorization: `Bearer ${token}` }) {
  const answer = await fetch(`${dunlin.url}/api/usage`, {
    method: "POST",
    headers: { "content-type": "application/json", ...elsewhere, ...headers },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}

async function push(entries: readonly object[]): Promise<UsagePushed> {
  const { status, text } = await send(JSON.stringify({ entries }));
  expect([200, 207]).toContain(status);
  return usagePushed.parse(JSON.parse(text));
}

async function totalsOf(meter: string): Promise<ReadonlyMap<string, string>> {
  const { rows } = await home.pool.query<{ id: string; facts: string }>(
    "select customer_id as id, facts::text as facts from stripe_objects where id like $1",
    [`usage:${meter}:%`],
  );
  return new Map(rows.map(({ id, facts }) => [id, String(/"value": ?"([^"]*)"/.exec(facts)?.[1])]));
}

const entry = (id: string, parts: object = {}): object => ({
  id,
  customer: customers[0],
  meter: "hostile",
  add: 1,
  ...parts,
});

describe("pushed usage", () => {
  it("is exact with ten thousand entries, sent twice, in any order, by eight senders at once", async () => {
    const random = new SeededRandom(11).fork("usage");
    const expected = new Map<string, Decimal>();
    const entries = Array.from({ length: 10_000 }, (_, index) => {
      const customer = customers[random.int(0, customers.length - 1)] ?? "";
      const add = new Decimal(random.int(-5, 5_000)).div(1000);
      expected.set(customer, (expected.get(customer) ?? new Decimal(0)).plus(add));
      return { id: `many-${index}`, customer, meter: "many", add: add.toFixed() };
    });
    const batches: object[][] = [];
    for (let from = 0; from < entries.length; from += 500) batches.push(entries.slice(from, from + 500));
    const twice = [...batches, ...batches.map((batch) => batch.toReversed())]
      .map((batch) => ({ batch, place: random.next() }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ batch }) => batch);
    let counted = 0;
    const sender = async (): Promise<void> => {
      for (let batch = twice.pop(); batch; batch = twice.pop()) {
        const pushed = await push(batch);
        counted += pushed.counted;
      }
    };
    await Promise.all(Array.from({ length: 8 }, sender));

    expect(counted).toBe(entries.length);
    const wanted = [...expected].map(([id, sum]): [string, string] => [id, sum.toFixed()]);
    expect(await totalsOf("many")).toEqual(new Map(wanted));
  });

  it("refuses more than a batch may hold, and a body that is too long, as a whole", async () => {
    const many = Array.from({ length: 501 }, (_, index) => entry(`too-many-${index}`));
    expect((await send(JSON.stringify({ entries: many }))).status).toBe(400);
    expect((await send(" ".repeat(30_000_000))).status).toBe(413);
    expect(await totalsOf("hostile")).toEqual(new Map());
  });

  it.each<[string, () => string]>([
    ["nothing", () => ""],
    ["no JSON", () => "{"],
    ["null", () => "null"],
    ["a list", () => "[]"],
    ["a number", () => "1"],
    ["no entries", () => `{"entries":[]}`],
    ["entries that are none", () => `{"entries":{"length":1}}`],
    ["deep nesting", () => `${"[".repeat(50_000)}${"]".repeat(50_000)}`],
    ["a prototype", () => `{"__proto__":{"entries":[]}}`],
    [
      "an entry with a prototype",
      () => JSON.stringify({ entries: [entry("p")] }).replace('"add"', '"__proto__":{"add":1},"adds"'),
    ],
    ["an amount with an exponent", () => JSON.stringify({ entries: [entry("e", { add: "1e3" })] })],
    ["an amount without end", () => JSON.stringify({ entries: [entry("l", { add: "9".repeat(100_000) })] })],
    ["foreign digits", () => JSON.stringify({ entries: [entry("d", { add: "١٢" })] })],
    ["a zero byte in the customer", () => JSON.stringify({ entries: [entry("z", { customer: "cus_\0" })] })],
    ["a zero byte in the unit", () => JSON.stringify({ entries: [entry("z", { unit: "a\0b" })] })],
    ["a zero byte in the account", () => JSON.stringify({ account: "ma\0in", entries: [entry("z")] })],
  ])("answers %s with 400 and counts nothing", async (_, body) => {
    const { status, text } = await send(body());
    expect({ status, text }).toEqual({ status: 400, text: expect.stringContaining('"code"') });
    expect(await totalsOf("hostile")).toEqual(new Map());
  });

  it("says of each entry what became of it, whatever it is called", async () => {
    const { entries } = await push([
      entry("a", { customer: "constructor" }),
      entry("b", { customer: "__proto__" }),
      entry("__proto__", { meter: "__proto__" }),
      entry("constructor", { meter: "constructor" }),
      entry("c", { customer: "cus_\ud800" }),
    ]);
    expect(entries.map(({ code, result }) => code ?? result)).toEqual([
      "unknown_customer",
      "unknown_customer",
      "counted",
      "counted",
      "unknown_customer",
    ]);
    expect((await totalsOf("constructor")).size).toBe(1);
  });

  it.each<[string, Readonly<Record<string, string>>]>([
    ["no token", {}],
    ["an empty one", { authorization: "Bearer " }],
    ["a shorter one", { authorization: `Bearer ${token.slice(0, -1)}` }],
    ["a longer one", { authorization: `Bearer ${token}x` }],
    ["another case", { authorization: `Bearer ${token.toUpperCase()}` }],
    ["another scheme", { authorization: `Basic ${token}` }],
    ["two of them", { authorization: `Bearer ${token} ${token}` }],
    ["a cookie", { cookie: `dunlin_session=${token}` }],
  ])("is refused with %s", async (_, headers) => {
    const { status } = await send(JSON.stringify({ entries: [entry("t", { meter: "stolen" })] }), headers);
    expect(status).toBe(401);
    expect(await totalsOf("stolen")).toEqual(new Map());
  });

  it("has a token that opens nothing else", async () => {
    for (const path of ["/api/mapping", `/api/usage/${customers[0] ?? ""}`, "/api/pulse"]) {
      const answer = await fetch(`${dunlin.url}${path}`, {
        headers: { authorization: `Bearer ${token}`, ...elsewhere },
      });
      expect([path, answer.status]).toEqual([path, 401]);
    }
  });

  it.each(["/api/usage/%00", "/api/explain?customer=%00"])(
    "is looked at by %s without a fault of ours",
    async (path) => {
      const answer = await fetch(`${dunlin.url}${path}`);
      expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("REQUEST_INVALID")]);
    },
  );

  it("leaves no dead letter behind", async () => {
    await dunlin.settled();
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });
});
