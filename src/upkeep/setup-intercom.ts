/** Connects Intercom: whose workspace it is, what the token may do, and the attributes. Running it twice changes nothing. */
import {
  createAttribute,
  listContactAttributes,
  updateAttribute,
  type AttributeDefinition,
} from "../intercom/data-attributes.ts";
import { listContacts } from "../intercom/contacts.ts";
import type { IntercomClient } from "../intercom/client.ts";
import { IntercomForbidden, IntercomRejected, IntercomUnauthorized } from "../intercom/failure.ts";
import { getMe, type Workspace } from "../intercom/workspace.ts";
import { choosePreset, typeClashes } from "../mapping/choose-preset.ts";
import { attributeDefinitions } from "../mapping/evaluate.ts";
import type { Preset } from "../mapping/preset.ts";
import { AppError, messageOf } from "../model/error.ts";
import { failed, ok, warning, type Check } from "./check.ts";

/** Attributes that we need exist with types that cannot hold our values. */
export class AttributeTypeClash extends AppError {
  readonly code = "ATTRIBUTE_TYPE_CLASH";
  readonly kind = "permanent";
  constructor(names: readonly string[]) {
    super(
      `Intercom has attributes of the same names with other types: ${names.join(", ")}. Archive or rename them in Intercom, or set DUNLIN_ATTRIBUTE_PRESET to the other prefix.`,
    );
  }
}

const lane = "urgent";

export type Provisioned = {
  readonly preset: Preset;
  readonly reason: string;
  readonly created: readonly string[];
  readonly unarchived: readonly string[];
  readonly existing: number;
};

/** Chooses the prefix, unless it was chosen before, and makes the attributes exist with the right types. */
export async function provisionAttributes(intercom: IntercomClient, wanted: Preset | undefined): Promise<Provisioned> {
  const all = await listContactAttributes(intercom, { includeArchived: true }, { lane });
  const custom = all.filter((attribute) => attribute.custom || attribute.id !== null);
  const existing = custom.map(({ name, dataType }) => ({ name, type: dataType }));
  const choice = wanted ? { preset: wanted, reason: "as set" } : choosePreset(existing);
  const clashes = typeClashes(choice.preset, existing);
  if (clashes.length > 0)
    throw new AttributeTypeClash(clashes.map(({ name, has, needs }) => `${name} (${has}, needed: ${needs})`));
  const created: string[] = [];
  const unarchived: string[] = [];
  for (const definition of attributeDefinitions(choice.preset)) {
    const found = custom.find(({ name }) => name === definition.name);
    if (!found) {
      await createOnce(intercom, definition);
      created.push(definition.name);
    } else if (found.archived && found.id !== null) {
      await updateAttribute(intercom, { id: found.id, patch: { archived: false } }, { lane });
      unarchived.push(definition.name);
    }
  }
  const changed = created.length + unarchived.length;
  return { ...choice, created, unarchived, existing: attributeDefinitions(choice.preset).length - changed };
}

/** Another node may have been faster, or an answer was lost: then it exists now. */
async function createOnce(
  intercom: IntercomClient,
  { name, type, description }: ReturnType<typeof attributeDefinitions>[number],
): Promise<void> {
  try {
    await createAttribute(intercom, { name, dataType: type, description }, { lane });
  } catch (error) {
    if (!(error instanceof IntercomRejected)) throw error;
    const now: readonly AttributeDefinition[] = await listContactAttributes(
      intercom,
      { includeArchived: false },
      { lane },
    );
    if (!now.some((attribute) => attribute.name === name)) throw error;
  }
}

export type WorkspaceCheck = { readonly workspace: Workspace; readonly checks: readonly Check[] };

/** Whose workspace it is and whether it is where the settings say. Throws when the token does not work at all. */
export async function checkWorkspace(intercom: IntercomClient, region: string): Promise<WorkspaceCheck> {
  const workspace = await getMe(intercom, { lane });
  const checks = [ok("Access token", `works for ${workspace.appName ?? workspace.appId ?? "the workspace"}`)];
  const actual = workspace.region?.toLowerCase() ?? null;
  if (actual !== null && !actual.startsWith(region)) {
    return {
      workspace,
      checks: [
        ...checks,
        failed(
          "Region",
          `the workspace is in ${actual}, INTERCOM_REGION says ${region}`,
          `Set INTERCOM_REGION=${actual.slice(0, 2)}.`,
        ),
      ],
    };
  }
  return { workspace, checks: [...checks, ok("Region", actual ?? `${region}, as set; Intercom does not say`)] };
}

const readUsers = "Read and list users and companies";

/** Tries what the token may do, without changing anything; one line for each. */
export async function probeScopes(intercom: IntercomClient): Promise<readonly Check[]> {
  return Promise.all([
    probe(readUsers, () => listContacts(intercom, { cursor: null, perPage: 1 }, { lane })),
    probe("Read data attributes", () => listContactAttributes(intercom, { includeArchived: false }, { lane })),
  ]);
}

async function probe(scope: string, attempt: () => Promise<unknown>): Promise<Check> {
  const remedy = `In Intercom's Developer Hub, open the app → Authentication, tick “${scope}”, and save.`;
  try {
    await attempt();
    return ok(scope, "allowed");
  } catch (error) {
    if (error instanceof IntercomForbidden || error instanceof IntercomUnauthorized)
      return failed(scope, "not allowed", remedy);
    return warning(scope, messageOf(error));
  }
}

/** How the attributes stand, without changing them. */
export async function inspectAttributes(intercom: IntercomClient, preset: Preset): Promise<Check> {
  const all = await listContactAttributes(intercom, { includeArchived: false }, { lane });
  const definitions = attributeDefinitions(preset);
  const missing = definitions.filter(
    ({ name }) => !all.some((attribute) => attribute.name === name && !attribute.archived),
  );
  const clashes = typeClashes(
    preset,
    all.map(({ name, dataType }) => ({ name, type: dataType })),
  );
  if (clashes.length > 0)
    return failed(
      "Attributes",
      `of another type: ${clashes.map(({ name }) => name).join(", ")}`,
      "Archive or rename them in Intercom, or set DUNLIN_ATTRIBUTE_PRESET to the other prefix.",
    );
  if (missing.length > 0)
    return failed(
      "Attributes",
      `missing: ${missing.map(({ name }) => name).join(", ")}`,
      "Start the server, or run `dunlin connect intercom`; they are made there.",
    );
  return ok("Attributes", `${definitions.length} of ${preset}_*, all of the right type`);
}
