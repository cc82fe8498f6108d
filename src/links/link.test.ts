/** Tokens of links: what goes in comes out, and nothing that was changed does. */
import { describe, expect, it } from "vitest";
import fc from "fast-check";
import { linkPurposes, linkUrl, readToken, type CustomerLink } from "./link.ts";

const settings = { secret: "a secret of the server, at least 32 bytes", baseUrl: "https://dunlin.example/" };
const link: CustomerLink = {
  purpose: "try_again",
  account: "main",
  customerId: "cus_SbK2m8Qd1xYzTa",
  expiresS: 1_796_000_000,
  generation: 3,
};

function tokenOf(one: CustomerLink, secret = settings.secret): string {
  return linkUrl({ ...settings, secret }, one).slice("https://dunlin.example/l/".length);
}

describe("a link", () => {
  it("is short and stands alone in its address", () => {
    const url = linkUrl(settings, link);
    expect(url).toMatch(/^https:\/\/dunlin\.example\/l\/[\w-]+$/);
    expect(tokenOf(link).length).toBeLessThanOrEqual(56);
  });

  it("is the same each time, and of the first generation unless another is named", () => {
    const { generation: _, ...rest } = link;
    expect(linkUrl(settings, link)).toBe(linkUrl(settings, link));
    expect(linkUrl(settings, rest)).toBe(linkUrl(settings, { ...link, generation: 0 }));
  });

  it("keeps a base address with a path", () => {
    expect(linkUrl({ ...settings, baseUrl: "https://pay.example/dunlin" }, link)).toMatch(
      /^https:\/\/pay\.example\/dunlin\/l\//,
    );
  });

  it("is refused for what no token can carry", () => {
    expect(() => linkUrl(settings, { ...link, generation: 65_536 })).toThrow(RangeError);
    expect(() => linkUrl(settings, { ...link, customerId: "" })).toThrow(RangeError);
    expect(() => linkUrl(settings, { ...link, expiresS: 2 ** 32 })).toThrow(RangeError);
  });
});

const links = fc.record({
  purpose: fc.constantFrom(...linkPurposes),
  account: fc.constantFrom("main", "shop", "a-further-account"),
  customerId: fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }),
  expiresS: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  generation: fc.integer({ min: 0, max: 65_535 }),
});

describe("a token", () => {
  it("says what the link was made of", () => {
    fc.assert(
      fc.property(links, (one) => {
        expect(readToken(settings.secret, tokenOf(one))).toEqual(one);
      }),
    );
  });

  it("says nothing once any bit of any byte is another", () => {
    const bytes = Buffer.from(tokenOf(link), "base64url");
    for (let place = 0; place < bytes.length; place += 1) {
      for (let bit = 0; bit < 8; bit += 1) {
        const changed = Buffer.from(bytes);
        changed[place] = (changed[place] ?? 0) ^ (1 << bit);
        expect(readToken(settings.secret, changed.toString("base64url"))).toBeNull();
      }
    }
  });

  it("says nothing once any character is another, even where base64 would mean the same bytes", () => {
    const token = tokenOf(link);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=.~ ";
    for (let place = 0; place < token.length; place += 1) {
      for (const sign of alphabet) {
        if (sign === token[place]) continue;
        expect(readToken(settings.secret, token.slice(0, place) + sign + token.slice(place + 1))).toBeNull();
      }
    }
  });

  it("says nothing when it is cut, prolonged, another's or no token at all", () => {
    const token = tokenOf(link);
    for (let length = 0; length < token.length; length += 1)
      expect(readToken(settings.secret, token.slice(0, length))).toBeNull();
    expect(readToken(settings.secret, `${token}A`)).toBeNull();
    expect(readToken(settings.secret, `${token}=`)).toBeNull();
    expect(readToken("another secret", token)).toBeNull();
    expect(readToken(settings.secret, "A".repeat(10_000))).toBeNull();
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readToken(settings.secret, text)).toBeNull();
      }),
    );
  });
});
