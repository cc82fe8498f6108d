import { afterEach, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { getJson } from "./request.ts";

const shape = z.object({ n: z.number() });

/** Lets the browser's fetch, a seam that is not ours, answer with this. */
function answerWith(status: number, body: string): void {
  vi.stubGlobal("fetch", async () => new Response(body, { status }));
}

const error = (code: string): string => JSON.stringify({ error: { code, message: "A sentence." } });

describe("getJson", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("parses the answer", async () => {
    answerWith(200, '{"n":1}');
    await expect(getJson("/x", shape)).resolves.toEqual({ n: 1 });
  });

  it.each([
    { name: "an unknown shape", status: 200, body: '{"n":"one"}', kind: "unreadable", code: null },
    { name: "a page instead of JSON", status: 200, body: "<html>", kind: "unreadable", code: null },
    {
      name: "a missing session",
      status: 401,
      body: error("SESSION_MISSING"),
      kind: "signed-out",
      code: "SESSION_MISSING",
    },
    { name: "a proxy's 401", status: 401, body: "", kind: "signed-out", code: null },
    {
      name: "an error of Dunlin's",
      status: 503,
      body: error("DATABASE_UNAVAILABLE"),
      kind: "refused",
      code: "DATABASE_UNAVAILABLE",
    },
    { name: "an error of a proxy", status: 502, body: "<html>", kind: "unreachable", code: null },
  ])("tells $name apart", async ({ status, body, kind, code }) => {
    answerWith(status, body);
    await expect(getJson("/x", shape)).rejects.toMatchObject({ name: "ApiError", kind, code });
  });

  it("says that nobody answers", async () => {
    vi.stubGlobal("fetch", async () => Promise.reject(new TypeError("Failed to fetch")));
    await expect(getJson("/x", shape)).rejects.toMatchObject({ kind: "unreachable" });
  });

  it("passes an abort on as it is, because nothing failed", async () => {
    const abort = new DOMException("Left the page.", "AbortError");
    vi.stubGlobal("fetch", async () => Promise.reject(abort));
    await expect(getJson("/x", shape, AbortSignal.abort())).rejects.toBe(abort);
  });
});
