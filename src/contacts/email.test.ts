/** When two addresses are the same person's. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { normaliseEmail } from "./email.ts";

describe("normaliseEmail", () => {
  it.each([
    ["jane@example.com", "jane@example.com"],
    ["  Jane@Example.COM\n", "jane@example.com"],
    ["jane+billing@example.com", "jane+billing@example.com"],
    ["j.a.n.e@example.com", "j.a.n.e@example.com"],
    ["zoe\u0308@example.com", "zo\u00EB@example.com"],
    ["jane@localhost", "jane@localhost"],
    ["", null],
    ["   ", null],
    ["jane", null],
    ["@example.com", null],
    ["jane@", null],
    ["jane doe@example.com", null],
    ["jane@example.com, joan@example.com", null],
    ["jane@@example.com", null],
  ])("%j becomes %j", (email, normal) => {
    expect(normaliseEmail(email)).toBe(normal);
  });

  it("is nobody's without an address", () => {
    expect(normaliseEmail(null)).toBeNull();
  });

  it("changes nothing that is normal already, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.string({ unit: "binary" })), (email) => {
        const normal = normaliseEmail(email);

        expect(normal === null ? null : normaliseEmail(normal)).toBe(normal);
      }),
    );
  });
});
