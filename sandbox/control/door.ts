/** Who may talk to the control API, and how its answers look. */
import type { SandboxRequest, SandboxResponse } from "../kernel/types.ts";

/** Something the caller has to put right; the message is shown on the page. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = "ControlError";
    this.status = status;
  }
}

const localHost = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** A page of another origin must not reach the sandbox through somebody's browser, nor by renaming itself. */
export function checkCaller(request: SandboxRequest): void {
  const { host, "content-type": contentType } = request.headers;
  if (host !== undefined && !localHost.test(host)) {
    throw new ControlError(403, "The sandbox answers only to localhost.");
  }
  if (request.method === "GET" || request.method === "HEAD") return;
  if (contentType?.split(";")[0]?.trim().toLowerCase() !== "application/json") {
    throw new ControlError(415, "Calls that change something need the header content-type: application/json.");
  }
}

/** The JSON of a request; an empty body is an empty object. */
export function readJson(request: SandboxRequest): unknown {
  if (request.rawBody.length === 0) return {};
  try {
    return JSON.parse(request.rawBody.toString("utf8"));
  } catch {
    throw new ControlError(400, "The body is not valid JSON.");
  }
}

/** An answer that no cache keeps. */
export function json(body: unknown, status = 200): SandboxResponse {
  return { status, headers: { "cache-control": "no-store" }, body };
}

/** The answer to a call that could not be done. */
export function refused(error: ControlError): SandboxResponse {
  return json({ error: error.message }, error.status);
}
