import { describe, expect, it } from "vitest";
import { createTestClient } from "./test-client.ts";

describe("the door", () => {
  it("refuses a wrong token with 401 and says nothing of limits", async () => {
    const answer = await createTestClient().callWith({ authorization: "Bearer other" })("GET", "/me");

    expect(answer.status).toBe(401);
    expect(answer.body).toMatchObject({
      type: "error.list",
      errors: [{ code: "unauthorized", message: "Access Token Invalid" }],
    });
    expect(answer.headers["x-ratelimit-limit"]).toBeUndefined();
  });

  it("answers 401 to everything once the token is revoked, and recovers", async () => {
    const { intercom, call } = createTestClient();
    intercom.setUnauthorized(true);
    expect((await call("GET", "/me")).status).toBe(401);
    intercom.setUnauthorized(false);
    expect((await call("GET", "/me")).status).toBe(200);
  });

  it.each([
    ["2.16", 200],
    ["2.17", 200],
    ["Preview", 400],
    ["2.11", 400],
    [undefined, 400],
  ])("wants a version it knows: %s gives %d", async (version, status) => {
    const { intercom } = createTestClient();
    const headers = { authorization: "Bearer token", "intercom-version": version };
    const answer = await intercom.handle({
      method: "GET",
      path: "/me",
      query: new URLSearchParams(),
      headers,
      rawBody: Buffer.alloc(0),
    });
    expect(answer.status).toBe(status);
  });

  it("takes the version Preview for what is another call there, where the workspace has it", async () => {
    const { callWith, intercom } = createTestClient();
    const call = callWith({ "intercom-version": "Preview" });
    const contact = intercom.seedContact({ email: "a@b.c" });
    const path = `/conversations/${intercom.userStarts(contact.id, "Hello?").id}`;

    expect((await call("PUT", path, { priority: "low" })).status).toBe(200);
    expect((await call("GET", path)).status).toBe(400);
    intercom.setPreview(false);
    expect((await call("PUT", path, { priority: "high" })).get("errors", 0, "code")).toBe("intercom_version_invalid");
    expect((await callWith({})("GET", path)).get("priority")).toBe("low");
  });

  it("counts calls in slices of ten seconds", async () => {
    const { call, kernel } = createTestClient({ limitPerSlice: 2 });
    const first = await call("GET", "/me");
    await call("GET", "/nowhere");
    const third = await call("GET", "/me");

    expect(first.headers).toMatchObject({
      "x-ratelimit-limit": "2",
      "x-ratelimit-remaining": "1",
      "x-ratelimit-reset": String(kernel.clock.nowS() + 10),
    });
    expect(third.status).toBe(429);
    expect(third.get("errors", 0)).toEqual({
      code: "rate_limit_exceeded",
      message: "Exceeded rate limit of 2 in 10_seconds",
    });
    expect(third.headers["x-ratelimit-remaining"]).toBe("0");
    kernel.advance(10_000);
    expect((await call("GET", "/me")).status).toBe(200);
  });

  it("answers 403 where a permission was taken away", async () => {
    const { call, intercom } = createTestClient();
    intercom.revokeScope("write_tags");

    expect((await call("POST", "/tags", { name: "vip" })).status).toBe(403);
    expect((await call("GET", "/tags")).status).toBe(200);
  });

  it("answers 404 to unknown paths, wrong methods and broken escapes", async () => {
    const { call } = createTestClient();
    expect((await call("GET", "/nowhere")).status).toBe(404);
    expect((await call("PATCH", "/contacts")).status).toBe(404);
    expect((await call("GET", "/contacts/%E0%A4%A")).status).toBe(404);
  });

  it("names every answer, and refuses bodies that are not JSON", async () => {
    const { callWith } = createTestClient();
    const answer = await callWith({ "content-type": "text/plain" })("POST", "/tags", { name: "x" });
    expect(answer.status).toBe(415);
    expect(answer.headers["x-request-id"]).toBe(answer.get("request_id"));
  });
});
