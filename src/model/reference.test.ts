/** The pages of the reference that are made of the code are what the code makes; `node scripts/reference.mjs` writes them. */
import { expect, it } from "vitest";
import { attributesPage } from "../../test/support/reference/attributes-page.ts";
import { dataEventsPage } from "../../test/support/reference/data-events-page.ts";
import { profilePage } from "../../test/support/reference/profile-page.ts";
import { rulesPage } from "../../test/support/reference/rules-page.ts";
import { rulesSchemaFile } from "../../test/support/reference/rules-schema.ts";

it.each([
  ["attributes.md", attributesPage],
  ["data-events.md", dataEventsPage],
  ["profile.md", profilePage],
  ["rules.md", rulesPage],
  ["rules.schema.json", rulesSchemaFile],
])("docs/reference/%s is up to date", async (file, page) => {
  await expect(page()).toMatchFileSnapshot(`../../docs/reference/${file}`);
});
