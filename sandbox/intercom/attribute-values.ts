/** Values of custom attributes: the definition must exist, be in use, and have the value's type. */
import { invalid } from "./refusal.ts";
import type { AttributeModel, AttributeType, AttributeValue, AttributeValues, DataAttribute } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

const stringMax = 255;

/** 31 December 9999. A larger number was meant as milliseconds. */
const dateMaxS = 253_402_300_799;

/** The values after the patch; `null` clears one, and what the patch leaves out stays. */
export function patchAttributes(
  workspace: Workspace,
  model: AttributeModel,
  values: { readonly present: AttributeValues; readonly patch: Readonly<Record<string, unknown>> | null | undefined },
): AttributeValues {
  if (values.patch === null || values.patch === undefined) return values.present;
  const next = new Map(Object.entries(values.present));
  for (const [name, value] of Object.entries(values.patch)) {
    const definition = definitionFor(workspace, model, name);
    if (value === null) next.delete(name);
    else next.set(name, checkedValue(definition, value));
  }
  return Object.fromEntries(next);
}

/** The definition of a custom attribute, archived or not. */
export function findDefinition(workspace: Workspace, model: AttributeModel, name: string): DataAttribute | undefined {
  return workspace.tables.attributes.get(attributeKey(model, name));
}

/** Under which id a definition is stored. */
export function attributeKey(model: AttributeModel, name: string): string {
  return `${model}:${name}`;
}

function definitionFor(workspace: Workspace, model: AttributeModel, name: string): DataAttribute {
  const definition = findDefinition(workspace, model, name);
  const field = `custom_attributes.${name}`;
  if (definition === undefined) throw invalid(`Custom attribute '${name}' does not exist`, field);
  if (definition.archived) throw invalid(`Custom attribute '${name}' is archived`, field);
  return definition;
}

const wanted: Readonly<Record<AttributeType, string>> = {
  string: `a string of at most ${stringMax} characters`,
  integer: "an integer",
  float: "a number",
  boolean: "a boolean",
  date: "a date in Unix seconds",
};

function checkedValue(definition: DataAttribute, value: unknown): AttributeValue {
  const { name, data_type: type } = definition;
  if (isScalar(value) && fits(type, value)) return value;
  throw invalid(`Custom attribute '${name}' must be ${wanted[type]}`, `custom_attributes.${name}`);
}

function isScalar(value: unknown): value is AttributeValue {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function fits(type: AttributeType, value: AttributeValue): boolean {
  switch (type) {
    case "string":
      return typeof value === "string" && value.length <= stringMax;
    case "boolean":
      return typeof value === "boolean";
    case "float":
      return typeof value === "number";
    case "integer":
      return Number.isSafeInteger(value);
    case "date":
      return typeof value === "number" && Number.isInteger(value) && Math.abs(value) <= dateMaxS;
  }
}
