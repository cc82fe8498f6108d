/** Links that somebody asks for by hand. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { aCopy, mint } from "../../test/support/builders.ts";
import { storeCopies } from "../../test/support/company-worker.ts";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { makeLinkAsked, type LinkMaker } from "./make-link.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

function ask(customerId: string, settings: LinkMaker["settings"]): Promise<string> {
  const maker = { pool: database.pool, settings, nowMs: () => 1_800_000_000_000 };
  return makeLinkAsked(maker, { purpose: "try_again", account: "main", customerId });
}

const links = { secret: "the secret of this test's links", baseUrl: "https://dunlin.example" };

async function known(deleted: boolean): Promise<string> {
  const id = mint("cus");
  await storeCopies(database.pool, [aCopy("customer", {}, { id, customerId: id, deleted })]);
  return id;
}

it("are made for who is known, where customers can reach the server", async () => {
  expect(await ask(await known(false), links)).toMatch(/^https:\/\/dunlin\.example\/l\/[\w-]{34,}$/);
  await expect(ask(await known(false), null)).rejects.toMatchObject({ code: "LINKS_UNAVAILABLE" });
});

it("are refused for who was deleted in Stripe, since they would open nothing", async () => {
  const id = await known(true);
  await expect(ask(id, links)).rejects.toMatchObject({
    code: "LINK_CUSTOMER_DELETED",
    message: expect.stringContaining(`${id} (account main) was deleted in Stripe`),
  });
});
