/** An attribute has one author, whichever of mapping and rules is saved last. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../test/support/database.ts";
import { aDocument, message } from "../../../test/support/rule-documents.ts";
import { saveDocument } from "../../documents/store.ts";
import { presetDocument } from "../../mapping/default-document.ts";
import { checkMapping } from "./check-mapping.ts";
import { MappingInvalid, saveMapping } from "./save-mapping.ts";

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const set = { set: { attribute: "VIP_Status", type: "boolean", value: true } };
  const body = aDocument({ steps: [message, set] });
  await saveDocument(database.pool, { kind: "rules", body, basedOn: 0, by: "test" });
});
afterAll(() => database.drop());

function mappingWith(on: boolean): ReturnType<typeof presetDocument> {
  const document = presetDocument("stripe");
  const [first, ...others] = document.attributes;
  if (!first) throw new Error("The preset has attributes.");
  return { ...document, attributes: [{ ...first, name: "vip_status", on }, ...others] };
}

describe("a mapping beside rules", () => {
  it("is refused when it writes what a rule sets, at its path and with the rule's name", async () => {
    const { document, problems } = await checkMapping(mappingWith(true), { pool: database.pool });
    expect(document).toBeUndefined();
    expect(problems.map(({ path, problem }) => `${path}: ${problem}`)).toEqual([
      "attributes[0].name: the rule “one” sets “vip_status”, and an attribute has one author: choose another name, or take it out of the rule first",
    ]);
  });

  it("is not saved by any door either", async () => {
    const saving = saveMapping(database.pool, { document: mappingWith(true), basedOn: 0, by: "test" });
    await expect(saving).rejects.toBeInstanceOf(MappingInvalid);
  });

  it("may have the name as long as it is off", async () => {
    expect(await saveMapping(database.pool, { document: mappingWith(false), basedOn: 0, by: "test" })).toBe(1);
  });
});
