/** Makes the attributes exist that the mapping fills on companies. */
import {
  createAttribute,
  listAttributes,
  updateAttribute,
  type AttributeDefinition as ListedAttribute,
} from "../intercom/data-attributes.ts";
import type { IntercomClient } from "../intercom/client.ts";
import { IntercomRejected } from "../intercom/failure.ts";
import { typeClashes } from "../mapping/choose-preset.ts";
import type { AttributeDefinition } from "../model/attribute.ts";
import { AttributeTypeClash } from "./setup-intercom.ts";

const lane = "urgent";
const model = "company";

/**
 * Creates what is missing and brings back what was archived; running it twice changes nothing. Throws AttributeTypeClash
 * when one exists with a type that cannot hold our values, and IntercomRejected when people have an attribute of that name:
 * Intercom gives a name to one of the two only.
 */
export async function provisionCompanyAttributes(
  intercom: IntercomClient,
  definitions: readonly AttributeDefinition[],
): Promise<void> {
  if (definitions.length === 0) return;
  const all = await listAttributes(intercom, { model, includeArchived: true }, { lane });
  const listed = (name: string): ListedAttribute | undefined => all.find((attribute) => attribute.name === name);
  const existing = all.map(({ name, dataType }) => ({ name, type: dataType }));
  const clashes = typeClashes(definitions, existing).map(
    ({ name, has, needs }) => `${name} (${has}, needed: ${needs})`,
  );
  if (clashes.length > 0) throw new AttributeTypeClash(clashes);
  for (const definition of definitions) {
    const found = listed(definition.name);
    if (!found) await createOnce(intercom, definition);
    else if (found.archived && found.id !== null)
      await updateAttribute(intercom, { id: found.id, patch: { archived: false } }, { lane });
  }
}

/** Another node may have been faster, or an answer was lost: then it exists now. */
async function createOnce(intercom: IntercomClient, { name, type, description }: AttributeDefinition): Promise<void> {
  try {
    await createAttribute(intercom, { model, name, dataType: type, description }, { lane });
  } catch (error) {
    if (!(error instanceof IntercomRejected)) throw error;
    const now = await listAttributes(intercom, { model, includeArchived: false }, { lane });
    if (!now.some((attribute) => attribute.name === name)) throw error;
  }
}
