/** JSON at the edges. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRecord, parseJson, parseStored, sameJson } from "./json.ts";

describe("parseJson", () => {
  it("answers undefined for what is no JSON, and never throws", () => {
    expect([parseJson(""), parseJson("{"), parseJson("undefined")]).toEqual([undefined, undefined, undefined]);
    expect([parseJson("null"), parseJson("1"), parseJson('{"a":1}')]).toEqual([null, 1, { a: 1 }]);
  });
});

describe("isRecord", () => {
  it.each([
    [{}, true],
    [{ a: 1 }, true],
    [null, false],
    [[], false],
    ["x", false],
    [undefined, false],
  ])("%j: %s", (value, expected) => {
    expect(isRecord(value)).toBe(expected);
  });
});

describe("sameJson", () => {
  it.each<[unknown, unknown, boolean]>([
    [1, 1, true],
    [1, "1", false],
    [null, undefined, true],
    [0, null, false],
    ["", null, false],
    [false, null, false],
    [{ a: null }, {}, true],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [[1, 2], [2, 1], false],
    [[1], [1, null], false],
    [[], {}, false],
    [{}, null, false],
    [{ a: [{ b: 1 }] }, { a: [{ b: 1 }] }, true],
  ])("%j and %j: %s", (a, b, same) => {
    expect(sameJson(a, b)).toBe(same);
    expect(sameJson(b, a)).toBe(same);
  });

  it("finds a value equal to itself after it was stored and read back", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(sameJson(parseStored(JSON.stringify(value)), value)).toBe(true);
      }),
    );
  });
});
