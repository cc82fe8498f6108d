/** Holds answers against Intercom's own API description, when a copy of it lies beside the repository. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";

const specFiles = {
  "2.16": fileURLToPath(new URL("../../../shared/specs/intercom-2.16.yaml", import.meta.url)),
  Preview: fileURLToPath(new URL("../../../shared/specs/intercom-preview.yaml", import.meta.url)),
} as const;

/** What is wrong with an answer by the description; an empty list when all is well. */
export type SpecCheck = (answered: {
  readonly method: string;
  /** The path as the description writes it, such as "/contacts/{contact_id}". */
  readonly path: string;
  readonly status: number;
  readonly body: unknown;
}) => readonly string[];

/** By this version; `undefined` when there is no copy of its description. */
export function loadSpecCheck(version: keyof typeof specFiles = "2.16"): SpecCheck | undefined {
  const specFile = specFiles[version];
  if (!existsSync(specFile)) return undefined;
  const spec: unknown = parse(readFileSync(specFile, "utf8"));
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: "spec", components: asJsonSchema(place(spec, ["components"])) });
  const compiled = new Map<string, ValidateFunction>();
  return ({ method, path, status, body }) => {
    const key = `${method} ${path} ${status}`;
    const response = place(spec, ["paths", path, method.toLowerCase(), "responses", String(status)]);
    if (response === undefined) return [`${key} is not described`];
    const schema = place(response, ["content", "application/json", "schema"]);
    if (schema === undefined) return [];
    const validate = compiled.get(key) ?? ajv.compile(asSchema(asJsonSchema(schema)));
    compiled.set(key, validate);
    if (validate(body) === true) return [];
    return (validate.errors ?? []).map((error) => `${key}${error.instancePath}: ${error.message ?? "does not fit"}`);
  };
}

/** OpenAPI 3.0 says `nullable`, where JSON Schema wants another type; and it refers to its own document. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key]) => key !== "nullable" && key !== "example" && key !== "discriminator",
  );
  const schema = Object.fromEntries(
    entries.map(([key, part]) => [key, key === "$ref" ? `spec${String(part)}` : asJsonSchema(part)]),
  );
  return Reflect.get(value, "nullable") === true ? { anyOf: [{ type: "null" }, schema] } : schema;
}

function asSchema(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}

function place(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}
