import { describe, expect, it } from "vitest";
import { makeFormat } from "./format.ts";

const english = makeFormat("en-GB");
const german = makeFormat("de-DE");

/** Intl separates with various spaces; which one is not ours to promise. */
const plain = (text: string): string => text.replaceAll(/\s/gu, " ");

describe("makeFormat", () => {
  it("groups digits as the locale does", () => {
    expect(english.number(1204)).toBe("1,204");
    expect(german.number(1204)).toBe("1.204");
  });

  it.each([
    [0, "0 ms"],
    [212.4, "212 ms"],
    [1_440, "1,4 Sek."],
    [59_400, "59 Sek."],
    [125_000, "2 Min."],
    [7_200_000, "2 Std."],
  ])("writes %d ms as %s in German", (ms, text) => {
    expect(plain(german.duration(ms))).toBe(text);
  });

  it("says how long ago something was, seen from the server's clock", () => {
    const now = "2026-11-21T12:00:00.000Z";
    expect(english.ago("2026-11-21T12:00:00.000Z", now)).toBe("now");
    expect(plain(german.ago("2026-11-21T11:59:57.000Z", now))).toBe("vor 3 s");
    expect(plain(english.ago("2026-11-21T11:00:00.000Z", now))).toMatch(/^1\s?h(r)? ago$/);
  });

  it("never speaks of the future when clocks differ", () => {
    expect(english.ago("2026-11-21T12:00:05.000Z", "2026-11-21T12:00:00.000Z")).toBe("now");
  });

  it("keeps a decimal for slow rates only", () => {
    expect(english.rate(0.4)).toBe("0.4");
    expect(english.rate(12.6)).toBe("13");
  });

  it("writes money and shares", () => {
    expect(plain(german.money(49, "EUR"))).toBe("49,00 €");
    expect(plain(german.share(0.742))).toBe("74 %");
  });
});
