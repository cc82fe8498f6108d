import fastify, { type FastifyInstance } from "fastify";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { effectDetails, effectPage } from "../../contract/effect.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { addEffects } from "./effects.ts";
import { answerFailures } from "./failure.ts";

describe("the door of the effect ledger", () => {
  let database: TestDatabase;
  let server: FastifyInstance;
  let planned = 0;
  const note = { key: "refund:re_1", customerId: "cus_1", kind: "note", text: "Approved." };

  beforeAll(async () => {
    database = await createTestDatabase();
    await database.pool.query(
      `insert into stripe_objects (account, id, kind, customer_id, as_of_s, rev, origin, facts)
        values ('main', 'cus_1', 'customer', 'cus_1', 1, 1, 'read', '{}'), ('shop', 'cus_9', 'customer', 'cus_9', 1, 1, 'read', '{}')`,
    );
    await database.pool.query("insert into connections (vendor, account) values ('stripe', 'shop')");
    server = fastify();
    answerFailures(server);
    addEffects(server, { pool: database.pool, onPlanned: () => (planned += 1) });
  });

  afterAll(async () => {
    await server.close();
    await database.drop();
  });

  beforeEach(async () => {
    planned = 0;
    await database.pool.query("truncate effects");
  });

  const post = (payload: object) => server.inject({ method: "POST", url: "/api/effects", payload });

  it("plans an effect and answers how it stands", async () => {
    const answer = await post(note);
    expect(answer.statusCode).toBe(202);
    expect(effectDetails.parse(answer.json())).toMatchObject({
      key: "refund:re_1",
      account: "main",
      kind: "note",
      state: "planned",
      guarantee: "verified",
      effect: { kind: "note", text: "Approved." },
    });
    expect(planned).toBe(1);
  });

  it("answers the same key with the same entry, and wakes nobody for it", async () => {
    const first = (await post(note)).json();
    const again = await post(note);
    expect([again.statusCode, again.json().id]).toEqual([202, first.id]);
    expect(planned).toBe(1);
  });

  it("refuses the same key for something else", async () => {
    await post(note);
    const answer = await post({ ...note, text: "Declined." });
    expect([answer.statusCode, answer.json().error.code]).toEqual([409, "EFFECT_KEY_REUSED"]);
  });

  it("knows customers by their account", async () => {
    expect((await post({ ...note, account: "shop", customerId: "cus_9" })).statusCode).toBe(202);
    for (const unknown of [{ customerId: "cus_2" }, { account: "shop" }, { account: "nowhere" }]) {
      const answer = await post({ ...note, ...unknown });
      expect([answer.statusCode, answer.json().error.code]).toEqual([404, "CUSTOMER_UNKNOWN"]);
    }
  });

  it.each([
    ["without a key", { ...note, key: undefined }],
    ["of an unknown kind", { ...note, kind: "fax" }],
    ["with a field too many", { ...note, colour: "red" }],
    ["that is no object", []],
  ])("refuses a request %s", async (_, payload) => {
    const answer = await post(payload);
    expect([answer.statusCode, answer.json().error.code]).toEqual([400, "REQUEST_INVALID"]);
  });

  it("lists and shows", async () => {
    const { id } = (await post(note)).json();
    await post({ ...note, account: "shop", customerId: "cus_9" });
    const get = async (url: string) => (await server.inject({ method: "GET", url })).json();

    expect(effectPage.parse(await get("/api/effects")).effects).toHaveLength(2);
    expect(effectPage.parse(await get("/api/effects?customer=cus_1&state=planned&kind=note")).effects).toHaveLength(1);
    expect(effectPage.parse(await get("/api/effects?customer=cus_9")).effects).toHaveLength(1);
    expect(effectPage.parse(await get("/api/effects?customer=cus_9&account=main")).effects).toHaveLength(0);
    expect(effectPage.parse(await get("/api/effects?account=shop")).effects).toHaveLength(1);
    expect(effectDetails.parse(await get(`/api/effects/${id}`)).effect).toEqual({ kind: "note", text: "Approved." });
    expect((await get("/api/effects/eff_0")).error.code).toBe("EFFECT_NOT_FOUND");
    expect((await get("/api/effects?state=lost")).error.code).toBe("REQUEST_INVALID");
  });
});
