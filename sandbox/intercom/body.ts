/** Request bodies: JSON objects only, unknown keys and wrong types are refused in Intercom's words. */
import type { z } from "zod";
import { absent, invalid, Refusal } from "./refusal.ts";

/** Companies answer an unknown key with `bad_request`, everything else with `parameter_invalid`. */
export type BodyStyle = "parameter" | "bad_request";

/** Reads the raw bytes. An empty body counts as an empty object, as many calls need none. */
export function readBody(raw: Buffer, contentType: string | undefined): unknown {
  if (raw.length === 0) return {};
  if (contentType !== undefined && !contentType.toLowerCase().startsWith("application/json")) {
    throw new Refusal(415, "media_type_not_acceptable", "The Content-Type should be application/json");
  }
  const value = parse(raw);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badJson();
  return value;
}

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString("utf8"));
  } catch {
    throw badJson();
  }
}

function badJson(): Refusal {
  return new Refusal(400, "bad_request", "The body must be a JSON object");
}

/** The body in its expected shape, or a refusal that names the first thing that is wrong. */
export function checkBody<B>(schema: z.ZodType<B>, body: unknown, style: BodyStyle): B {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw issue === undefined ? invalid("Invalid parameters") : refusalFor(issue, body, style);
}

function refusalFor(issue: z.core.$ZodIssue, body: unknown, style: BodyStyle): Refusal {
  const field = issue.path.join(".");
  if (issue.code === "unrecognized_keys") {
    const name = [...issue.path, issue.keys[0] ?? ""].join(".");
    const code = style === "bad_request" ? "bad_request" : "parameter_invalid";
    return new Refusal(400, code, { message: `bad '${name}' parameter`, field: name });
  }
  if (issue.code === "custom") return invalid(issue.message, field);
  if (valueAt(body, issue.path) === undefined) return absent(`${field} not specified`, field);
  return invalid(`${field}: ${issue.message}`, field);
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  let value = body;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
