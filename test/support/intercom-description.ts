/** Holds requests against Intercom's own API descriptions, when copies of them lie beside the repository. */
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv, type ValidateFunction } from "ajv";
import { parse } from "yaml";
import type { Exchange } from "./recorder.ts";

/** Where the description of version 2.16 is looked for. */
export const descriptionFile = fileURLToPath(new URL("../../../shared/specs/intercom-2.16.yaml", import.meta.url));
/** And that of version Preview, which few calls ask for. */
const previewFile = fileURLToPath(new URL("../../../shared/specs/intercom-preview.yaml", import.meta.url));

/** What is wrong with a request by the description; an empty list when all is well. */
export type RequestCheck = (exchange: Exchange) => readonly string[];

type Described = { readonly template: string; readonly pattern: RegExp; readonly operations: unknown };

/** By the description of the version that each request names; `undefined` when there is no copy of one of the two. */
export function loadRequestCheck(): RequestCheck | undefined {
  if (!existsSync(descriptionFile) || !existsSync(previewFile)) return undefined;
  const check = checkBy(descriptionFile);
  let previewCheck: RequestCheck | undefined;
  return (exchange) => {
    if (exchange.headers["intercom-version"] !== "Preview") return check(exchange);
    previewCheck ??= checkBy(previewFile);
    return previewCheck(exchange);
  };
}

function checkBy(file: string): RequestCheck {
  const description: unknown = parse(readFileSync(file, "utf8"));
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: "description", components: asJsonSchema(place(description, ["components"])) });
  const paths = describedPaths(description);
  const compiled = new Map<string, ValidateFunction>();
  return (exchange) => {
    const { method, path } = exchange;
    // A fixed path comes before one with a name in braces: /contacts/search before /contacts/{contact_id}.
    const found = paths.find(
      ({ pattern, operations }) => pattern.test(path) && place(operations, [method.toLowerCase()]) !== undefined,
    );
    if (found === undefined) return [`${method} ${path} is not described`];
    const key = `${method} ${found.template}`;
    const operation = place(found.operations, [method.toLowerCase()]);
    const schema = place(operation, ["requestBody", "content", "application/json", "schema"]);
    const validate = compiled.get(key) ?? ajv.compile(asSchema(asJsonSchema(schema ?? {})));
    compiled.set(key, validate);
    return [...bodyProblems(key, exchange, { schema, validate }), ...queryProblems(key, exchange, operation)];
  };
}

function describedPaths(description: unknown): readonly Described[] {
  const paths = place(description, ["paths"]);
  if (typeof paths !== "object" || paths === null) throw new Error("The description has no paths.");
  const all = Object.entries(paths).map(([template, operations]): Described => {
    return { template, operations, pattern: new RegExp(`^${template.replaceAll(/\{[^}]+\}/g, "[^/]+")}$`) };
  });
  return all.toSorted((a, b) => a.template.split("{").length - b.template.split("{").length);
}

function bodyProblems(
  key: string,
  { body }: Exchange,
  { schema, validate }: { readonly schema: unknown; readonly validate: ValidateFunction },
): readonly string[] {
  if (schema === undefined) return body === "" ? [] : [`${key} has a body, which is not described`];
  if (body === "") return [`${key} has no body`];
  if (validate(JSON.parse(body)) === true) return [];
  return (validate.errors ?? []).map((error) => `${key}${error.instancePath}: ${error.message ?? "does not fit"}`);
}

/** Paging of lists is described for some and left out for others; everywhere it has the same two names. */
const paging = new Set(["per_page", "starting_after", "page"]);

function queryProblems(key: string, { query }: Exchange, operation: unknown): readonly string[] {
  const parameters = place(operation, ["parameters"]);
  const named = Array.isArray(parameters) ? parameters.map((parameter) => place(parameter, ["name"])) : [];
  return [...query.keys()]
    .filter((name) => !named.includes(name) && !paging.has(name))
    .map((name) => `${key}?${name} is not described`);
}

/** OpenAPI 3.0 says `nullable`, where JSON Schema wants another type; and it refers to its own document. */
function asJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asJsonSchema);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key]) => key !== "nullable" && key !== "example" && key !== "discriminator",
  );
  const schema = Object.fromEntries(
    entries.map(([key, part]) => [key, key === "$ref" ? `description${String(part)}` : asJsonSchema(part)]),
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
