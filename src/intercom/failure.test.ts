import { describe, expect, it } from "vitest";
import type { Answer } from "./answer.ts";
import {
  failureOf,
  IntercomConflict,
  IntercomContactMerged,
  IntercomForbidden,
  IntercomNotFound,
  IntercomPlanRestricted,
  IntercomPreviewRefused,
  IntercomRateLimited,
  IntercomRejected,
  IntercomUnauthorized,
  IntercomUnavailable,
  IntercomVersionInvalid,
  unreachable,
  type FailedCall,
} from "./failure.ts";

const nowMs = Date.parse("2026-11-21T10:00:00.400Z");
const id = "5ab313046e4997e35bc13e7c";

describe("an answer that is no success", () => {
  it.each([
    [401, "unauthorized", IntercomUnauthorized, "blocked"],
    [401, "token_revoked", IntercomUnauthorized, "blocked"],
    [401, "token_unauthorized", IntercomForbidden, "blocked"],
    [403, "forbidden", IntercomForbidden, "blocked"],
    [403, "api_plan_restricted", IntercomPlanRestricted, "permanent"],
    [404, "not_found", IntercomNotFound, "missing"],
    [410, "gone", IntercomNotFound, "missing"],
    [400, "parameter_invalid", IntercomRejected, "permanent"],
    [422, "data_invalid", IntercomRejected, "permanent"],
    [413, "too_large", IntercomRejected, "permanent"],
    [400, "intercom_version_invalid", IntercomVersionInvalid, "blocked"],
    [408, "request_timeout", IntercomUnavailable, "transient"],
    [429, "rate_limit_exceeded", IntercomRateLimited, "transient"],
    [500, "server_error", IntercomUnavailable, "transient"],
    [503, "service_unavailable", IntercomUnavailable, "transient"],
    [302, null, IntercomUnavailable, "transient"],
  ])("of status %i and code %s is %o", (...[status, code, kind, expected]) => {
    const failure = fail({ status, errors: [{ code, message: "As they say" }] });
    expect(failure).toBeInstanceOf(kind);
    expect(failure).toMatchObject({ kind: expected, status, vendorCode: code, requestId: "req-7" });
    expect(failure.code).toMatch(/^INTERCOM_[A-Z_]+$/);
    expect(failure.message.length).toBeGreaterThan(20);
  });

  it("is understood even when its body is no error list", () => {
    for (const body of ["", "<html>", "null", "[]", '{"errors":7}', '{"errors":[7]}']) {
      const failure = failureOf({ status: 502, headers: {}, body }, aCall, nowMs);
      expect(failure).toMatchObject({ code: "INTERCOM_UNAVAILABLE", vendorCode: null, requestId: null });
    }
  });

  it("keeps long vendor texts short", () => {
    const failure = fail({ status: 400, errors: [{ code: "x", message: "y".repeat(9_000) }] });
    expect(failure.message.length).toBeLessThan(400);
  });
});

describe("a conflict", () => {
  it("names the live contact", () => {
    const failure = fail({
      status: 409,
      errors: [{ code: "conflict", message: `A contact matching those details already exists with id=${id}` }],
    });
    expect(failure).toBeInstanceOf(IntercomConflict);
    expect(failure).toMatchObject({ kind: "conflict", existingContactId: id, archived: false });
  });

  it("tells an archived contact apart", () => {
    const message = `An archived contact matching those details already exists with id=${id}`;
    expect(fail({ status: 409, errors: [{ code: "conflict", message }] })).toMatchObject({
      kind: "conflict",
      existingContactId: id,
      archived: true,
    });
  });

  it("without an id is worth asking again: the search index is behind", () => {
    const message = "A contact matching those details already exists";
    expect(fail({ status: 409, errors: [{ code: "conflict", message }] })).toMatchObject({
      kind: "transient",
      existingContactId: null,
    });
  });
});

describe("a merged contact", () => {
  const errors = [{ code: "contact_merged", message: "This contact has been merged." }];

  it.each([410, 404])("is known by its Link header, with status %i", (status) => {
    const link = `</contacts/${id}>; rel="canonical"`;
    const failure = fail({ status, errors, headers: { link } });
    expect(failure).toBeInstanceOf(IntercomContactMerged);
    expect(failure).toMatchObject({ kind: "conflict", canonicalContactId: id });
  });

  it("without a Link header is missing", () => {
    expect(fail({ status: 410, errors })).toBeInstanceOf(IntercomNotFound);
  });
});

it("says what Intercom said of something that there is not, such as a team of a rule", () => {
  const failure = fail({ status: 404, errors: [{ code: "team_not_found", message: "Team not found" }] });
  expect(failure.message).toMatch(/ Intercom said: Team not found$/);
});

describe("a rejection", () => {
  it.each(["Custom attribute 'stripe_plan' does not exist", 'User attribute "stripe_plan" does not exist.'])(
    "names the attribute that has no definition: %s",
    (message) => {
      const failure = fail({ status: 400, errors: [{ code: "parameter_invalid", message }] });
      expect(failure).toMatchObject({ unknownAttribute: "stripe_plan" });
      expect(failure.message).toContain("Run the setup again");
    },
  );

  it("names the field", () => {
    const failure = fail({ status: 422, errors: [{ code: "type_mismatch", message: "not a number", field: "age" }] });
    expect(failure).toMatchObject({ field: "age", unknownAttribute: null });
    expect(failure.message).toBe("Intercom refused the request (field “age”): not a number");
  });
});

describe("a missing permission", () => {
  it("is named as the Developer Hub names it", () => {
    const failure = fail({ status: 403, errors: [{ code: "forbidden", message: "no" }] });
    expect(failure).toMatchObject({ permission: "Write users and companies" });
    expect(failure.message).toContain("“Write users and companies”");
  });

  it("is a permission at large when the path is not known", () => {
    const answer: Answer = { status: 403, headers: {}, body: "{}" };
    const failure = failureOf(answer, { method: "GET", path: "/new_thing", effect: "read" }, nowMs);
    expect(failure).toMatchObject({ permission: null });
  });
});

describe("a refused call of the version Preview", () => {
  const instead = "Only the version Preview sets it: assign it instead.";

  it.each([
    [400, "intercom_version_invalid", IntercomPreviewRefused, "permanent"],
    [400, "parameter_invalid", IntercomRejected, "permanent"],
    [404, "not_found", IntercomNotFound, "missing"],
  ])("with status %i and code %s stops nothing else, and says what to use instead", (...row) => {
    const [status, code, kind, expected] = row;
    const failure = fail({
      status,
      errors: [{ code, message: "As they say" }],
      call: { ...aCall, preview: instead },
    });
    expect(failure).toBeInstanceOf(kind);
    expect(failure.kind).toBe(expected);
    expect(failure.message.endsWith(` ${instead}`)).toBe(true);
  });
});

describe("how long a 429 asks to wait", () => {
  const date = "Sat, 21 Nov 2026 10:00:00 GMT";
  const resetS = String(Date.parse(date) / 1000 + 7);

  it.each([
    [{ "retry-after": "3", "x-ratelimit-reset": resetS, date }, 3_000],
    [{ "retry-after": "Sat, 21 Nov 2026 10:00:05 GMT", date }, 5_000],
    [{ "x-ratelimit-reset": resetS, date }, 7_000],
    [{ "x-ratelimit-reset": resetS }, 6_600], // our clock, for want of theirs
    [{ "x-ratelimit-reset": "1", date }, 250],
    [{ "retry-after": "86400" }, 120_000],
    [{ "x-ratelimit-reset": "soon" }, 10_000],
    [{}, 10_000],
  ])("follows %o", (headers, expected) => {
    expect(fail({ status: 429, errors: [], headers })).toMatchObject({ retryAfterMs: expected });
  });
});

describe("no answer at all", () => {
  it("is ambiguous only when a write may have left us", () => {
    const cause = new Error("reset");
    expect(unreachable(aCall, true, cause)).toMatchObject({ ambiguous: true, cause });
    expect(unreachable(aCall, false, cause).ambiguous).toBe(false);
    expect(unreachable({ ...aCall, effect: "read" }, true, cause).ambiguous).toBe(false);
  });
});

const aCall = { method: "PUT", path: "/contacts/{id}", effect: "idempotent" } as const;

type Failing = { status: number; errors: unknown; headers?: Answer["headers"]; call?: FailedCall };

function fail({ status, errors, headers = {}, call = aCall }: Failing) {
  const body = JSON.stringify({ type: "error.list", request_id: "req-7", errors });
  return failureOf({ status, headers, body }, call, nowMs);
}
