/** The one way this page speaks to Dunlin's server: JSON over fetch, parsed at the edge. */
import { z } from "zod";
import { ApiError } from "./api-error.ts";

// zod would otherwise try `new Function`, which the page's policy forbids and the browser reports.
z.config({ jitless: true });

const timeoutMs = 8_000;
const jsonHeaders = { accept: "application/json", "content-type": "application/json" };

const failure = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/** Reads `path` and parses the answer; every way it can fail is an `ApiError`. */
export async function getJson<T>(path: string, schema: z.ZodType<T>, signal?: AbortSignal): Promise<T> {
  return parseAnswer(await send(path, { headers: { accept: "application/json" } }, { signal }), path, schema);
}

async function parseAnswer<T>(response: Response, path: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await bodyOf(response));
  if (!parsed.success) {
    throw new ApiError("unreadable", `The answer of ${path} has an unknown shape.`, { cause: parsed.error });
  }
  return parsed.data;
}

export type Sending = {
  readonly method: "POST" | "PUT";
  readonly body: unknown;
  /** For what takes long, such as looking at all contacts; eight seconds when left out. */
  readonly patienceMs?: number;
  readonly signal?: AbortSignal;
};

/** Sends `body` as JSON to `path` and parses the answer; every way it can fail is an `ApiError`. */
export async function sendJson<T>(path: string, schema: z.ZodType<T>, sending: Sending): Promise<T> {
  const { method, body, patienceMs, signal } = sending;
  const init = { method, headers: jsonHeaders, body: JSON.stringify(body) };
  return parseAnswer(await send(path, init, { signal, patienceMs }), path, schema);
}

/** Posts `body` as JSON to `path`; what the server answers besides success or failure is not used. */
export async function postJson(path: string, body: unknown): Promise<void> {
  await send(path, { method: "POST", headers: jsonHeaders, body: JSON.stringify(body) });
}

type Patience = { readonly signal?: AbortSignal | undefined; readonly patienceMs?: number | undefined };

async function send(
  path: string,
  init: RequestInit,
  { signal, patienceMs = timeoutMs }: Patience = {},
): Promise<Response> {
  const timeout = AbortSignal.timeout(patienceMs);
  const response = await fetch(path, {
    ...init,
    credentials: "same-origin",
    signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
  }).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError("unreachable", "Dunlin's server cannot be reached.", { cause });
  });
  if (!response.ok) throw await failureOf(response);
  return response;
}

async function failureOf(response: Response): Promise<ApiError> {
  const parsed = failure.safeParse(await bodyOf(response).catch(() => null));
  const detail = parsed.success ? parsed.data.error : null;
  const options = detail ? { code: detail.code } : {};
  if (response.status === 401) return new ApiError("signed-out", detail?.message ?? "Sign in first.", options);
  // Without our own shape the answer comes from a proxy in between: Dunlin itself was not reached.
  if (!detail) return new ApiError("unreachable", `The server answered with status ${response.status}.`);
  return new ApiError("refused", detail.message, options);
}

async function bodyOf(response: Response): Promise<unknown> {
  return response.json().catch((cause: unknown) => {
    throw new ApiError("unreadable", "The answer is not JSON.", { cause });
  });
}
