/** The secret of links in the database. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { findSetting } from "../connections/store.ts";
import { createSecretBox } from "../lib/secret-box.ts";
import { readLinkSecret } from "./link-secret.ts";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it("is made once, is the same on all nodes, and is kept encrypted", async () => {
  const box = createSecretBox("a key of at least thirty-two characters");
  const read = await Promise.all(Array.from({ length: 5 }, () => readLinkSecret(database.pool, box)));
  expect(new Set(read).size).toBe(1);
  const [secret = ""] = read;
  expect(Buffer.from(secret, "base64url")).toHaveLength(32);
  expect(JSON.stringify(await findSetting(database.pool, "link-secret"))).not.toContain(secret);
  expect(await readLinkSecret(database.pool, box)).toBe(secret);
});

it("is another one once it cannot be opened any more", async () => {
  const before = await readLinkSecret(database.pool, createSecretBox("a key of at least thirty-two characters"));
  const other = createSecretBox("another key, of thirty-two characters too");
  const read = await Promise.all([readLinkSecret(database.pool, other), readLinkSecret(database.pool, other)]);
  expect(new Set(read).size).toBe(1);
  expect(read[0]).not.toBe(before);
});
