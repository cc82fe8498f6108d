/** Connects Intercom: whose workspace it is, what the token may do, and the attributes. Running it twice changes nothing. */
import {
  createAttribute,
  listAttributes,
  listContactAttributes,
  updateAttribute,
  type AttributeDefinition,
  type AttributeModel,
} from "../intercom/data-attributes.ts";
import { listContacts, updateContact } from "../intercom/contacts.ts";
import type { IntercomClient } from "../intercom/client.ts";
import { IntercomForbidden, IntercomNotFound, IntercomRejected, IntercomUnauthorized } from "../intercom/failure.ts";
import { getMe, type Workspace } from "../intercom/workspace.ts";
import { choosePreset, typeClashes, type ExistingAttribute } from "../mapping/choose-preset.ts";
import { presetMapping } from "../mapping/default-document.ts";
import type { CompiledRules } from "../rules/program.ts";
import type { Mapping } from "../mapping/mapping.ts";
import type { AttributeDefinition as Needed } from "../model/attribute.ts";
import { AppError, messageOf } from "../model/error.ts";
import { regionOf } from "../model/region.ts";
import { failed, ok, warning, type Check } from "./check.ts";

/** Attributes that we need exist with types that cannot hold our values. */
export class AttributeTypeClash extends AppError {
  readonly code = "ATTRIBUTE_TYPE_CLASH";
  readonly kind = "permanent";
  constructor(names: readonly string[]) {
    super(
      `Intercom has attributes of the same names with other types: ${names.join(", ")}. Archive or rename them in Intercom, or choose other names: set DUNLIN_ATTRIBUTE_PRESET to the other prefix, or change the mapping.`,
    );
  }
}

const lane = "urgent";

export type Provisioned = {
  readonly mapping: Mapping;
  readonly reason: string;
  readonly created: readonly string[];
  readonly unarchived: readonly string[];
  readonly existing: number;
};

/** Makes the attributes of a mapping exist with the right types; while there is none, that of the prefix that suits the workspace. */
export async function provisionAttributes(intercom: IntercomClient, wanted: Mapping | undefined): Promise<Provisioned> {
  const all = await listContactAttributes(intercom, { includeArchived: true }, { lane });
  const custom = all.filter((attribute) => attribute.custom || attribute.id !== null);
  const existing = custom.map(({ name, dataType }) => ({ name, type: dataType }));
  const { mapping, reason } = wanted ? { mapping: wanted, reason: "as set" } : chosenMapping(existing);
  const { definitions } = mapping;
  const { created, unarchived } = await ensureAttributes(intercom, { model: "contact", definitions, listed: custom });
  const changed = created.length + unarchived.length;
  return { mapping, reason, created, unarchived, existing: definitions.length - changed };
}

/** Makes the attributes exist that a mapping fills on companies. Throws as `ensureAttributes` does. */
export async function provisionCompanyAttributes(
  intercom: IntercomClient,
  definitions: readonly Needed[],
): Promise<void> {
  if (definitions.length === 0) return;
  const model = "company";
  const listed = await listAttributes(intercom, { model, includeArchived: true }, { lane });
  await ensureAttributes(intercom, { model, definitions, listed });
}

/** Makes the attributes exist that rules set on contacts. Throws as `ensureAttributes` does. */
export async function provisionRuleAttributes(intercom: IntercomClient, rules: CompiledRules): Promise<void> {
  if (rules.attributes.size === 0) return;
  const listed = await listContactAttributes(intercom, { includeArchived: true }, { lane });
  const definitions = [...rules.attributes].map(([name, type]) => ({ name, type, description: "Set by a rule." }));
  await ensureAttributes(intercom, { model: "contact", definitions, listed });
}

type Ensured = Pick<Provisioned, "created" | "unarchived">;

/**
 * Creates what is missing and brings back what was archived; running it twice changes nothing. Throws AttributeTypeClash
 * when one exists with a type that cannot hold our values, and IntercomRejected when the other model has an attribute of that
 * name: Intercom gives a name to people or to companies, not to both.
 */
async function ensureAttributes(
  intercom: IntercomClient,
  {
    model,
    definitions,
    listed,
  }: {
    readonly model: AttributeModel;
    readonly definitions: readonly Needed[];
    readonly listed: readonly AttributeDefinition[];
  },
): Promise<Ensured> {
  const existing = listed.map(({ name, dataType }) => ({ name, type: dataType }));
  const clashes = typeClashes(definitions, existing);
  if (clashes.length > 0)
    throw new AttributeTypeClash(clashes.map(({ name, has, needs }) => `${name} (${has}, needed: ${needs})`));
  const created: string[] = [];
  const unarchived: string[] = [];
  for (const definition of definitions) {
    const found = listed.find(({ name }) => name === definition.name);
    if (!found) {
      await createOnce(intercom, model, definition);
      created.push(definition.name);
    } else if (found.archived && found.id !== null) {
      await updateAttribute(intercom, { id: found.id, patch: { archived: false } }, { lane });
      unarchived.push(definition.name);
    }
  }
  return { created, unarchived };
}

function chosenMapping(existing: readonly ExistingAttribute[]): Pick<Provisioned, "mapping" | "reason"> {
  const { preset, reason } = choosePreset(existing);
  return { mapping: presetMapping(preset), reason };
}

/** Another node may have been faster, or an answer was lost: then it exists now. */
async function createOnce(
  intercom: IntercomClient,
  model: AttributeModel,
  { name, type, description }: Needed,
): Promise<void> {
  try {
    await createAttribute(intercom, { model, name, dataType: type, description }, { lane });
  } catch (error) {
    if (!(error instanceof IntercomRejected)) throw error;
    const now = await listAttributes(intercom, { model, includeArchived: false }, { lane });
    if (!now.some((attribute) => attribute.name === name)) throw error;
  }
}

export type WorkspaceCheck = { readonly workspace: Workspace; readonly checks: readonly Check[] };

/** The workspace is hosted elsewhere than the settings say. */
export class RegionMismatch extends AppError {
  readonly code = "INTERCOM_REGION_MISMATCH";
  readonly kind = "invalid";
  constructor({ set, actual }: { readonly set: string; readonly actual: string }) {
    super(
      `The Intercom workspace is in ${actual}, INTERCOM_REGION says ${set}. Set INTERCOM_REGION=${actual.slice(0, 2)}; data would otherwise take a way through another region.`,
    );
  }
}

/** Whose workspace it is and whether it is where the settings say. Throws when the token does not work at all. */
export async function checkWorkspace(intercom: IntercomClient, region: string): Promise<WorkspaceCheck> {
  const workspace = await getMe(intercom, { lane });
  const token = ok("Access token", `works for ${workspace.appName ?? workspace.appId ?? "the workspace"}`);
  const actual = otherRegion(workspace, region);
  const place =
    actual === null
      ? ok("Region", workspace.region ?? `${region}, as set; Intercom does not say`)
      : wrongRegion(actual, region);
  return { workspace, checks: [token, place] };
}

function wrongRegion(actual: string, region: string): Check {
  return failed(
    "Region",
    `the workspace is in ${actual}, INTERCOM_REGION says ${region}`,
    `Set INTERCOM_REGION=${actual}.`,
  );
}

/** The region that Intercom names, when it is one of the three and not the one that was set. */
export function otherRegion({ region }: Workspace, set: string): string | null {
  const actual = regionOf(region?.toLowerCase().slice(0, 2));
  return actual !== undefined && actual !== set ? actual : null;
}

/** An id that no contact has: whoever may write gets 404, whoever may not 403. */
const nobody = "000000000000000000000000";

/** Tries what the token may do, without changing anything; one line for each. Attributes are tried when they are made. */
export async function probeScopes(intercom: IntercomClient): Promise<readonly Check[]> {
  return Promise.all([
    probe("Read users and companies", () => listContacts(intercom, { cursor: null, perPage: 1 }, { lane })),
    probe("Write users and companies", () => updateContact(intercom, { id: nobody, patch: {} }, { lane })),
  ]);
}

async function probe(scope: string, attempt: () => Promise<unknown>): Promise<Check> {
  const remedy = `In Intercom's Developer Hub, open the app → Authentication, tick “${scope}”, and save.`;
  try {
    await attempt();
    return ok(scope, "allowed");
  } catch (error) {
    if (error instanceof IntercomNotFound || error instanceof IntercomRejected) return ok(scope, "allowed");
    if (error instanceof IntercomForbidden || error instanceof IntercomUnauthorized)
      return failed(scope, "not allowed", remedy);
    return warning(scope, messageOf(error));
  }
}

/** How the attributes of people stand, and those of companies where the mapping has any, without changing them. */
export async function inspectAttributes(
  intercom: IntercomClient,
  { name, definitions, companyDefinitions }: Mapping,
): Promise<readonly Check[]> {
  const people = await inspectModel(intercom, { model: "contact", title: "Attributes", mapping: name, definitions });
  if (companyDefinitions.length === 0) return [people];
  const ofCompanies = { model: "company", title: "Company attributes", definitions: companyDefinitions } as const;
  return [people, await inspectModel(intercom, { ...ofCompanies, mapping: name })];
}

type Inspected = {
  readonly model: AttributeModel;
  readonly title: string;
  readonly mapping: string;
  readonly definitions: readonly Needed[];
};

async function inspectModel(
  intercom: IntercomClient,
  { model, title, mapping, definitions }: Inspected,
): Promise<Check> {
  const all = await listAttributes(intercom, { model, includeArchived: false }, { lane });
  const missing = definitions.filter(
    ({ name }) => !all.some((attribute) => attribute.name === name && !attribute.archived),
  );
  const clashes = typeClashes(
    definitions,
    all.map(({ name, dataType }) => ({ name, type: dataType })),
  );
  if (clashes.length > 0)
    return failed(
      title,
      `of another type: ${clashes.map(({ name }) => name).join(", ")}`,
      "Archive or rename them in Intercom, or choose other names in the mapping.",
    );
  if (missing.length > 0)
    return failed(
      title,
      `missing: ${missing.map(({ name }) => name).join(", ")}`,
      "Start the server, or run `dunlin connect intercom`; they are made there.",
    );
  return ok(title, `${definitions.length} of ${mapping}, all of the right type`);
}
