import { describe, expect, it } from "vitest";
import { mappingDocument, type MappingDocument } from "../../../../contract/mapping.ts";
import { filterAttributes, noFilter } from "./attribute-filter.ts";
import { bandNames, readLimits } from "./bands.ts";
import { celPlaceOf } from "./cel-place.ts";
import { changesOf } from "./changes.ts";
import { pathOf, putAttribute, removeAttribute, switchAttribute, withSource, freshAttribute } from "./mapping-draft.ts";

const document: MappingDocument = mappingDocument.parse({
  version: 1,
  attributes: [
    { name: "stripe_plan", field: "plan", purpose: "Say what somebody pays for." },
    { name: "stripe_mrr", field: "mrr", purpose: "Route by value." },
    { name: "tier", metadata: "tier", type: "string", purpose: "Know the tier.", on: false },
    { name: "big", cel: "profile.mrr > 500.0", purpose: "Find the big ones." },
  ],
});

const people = (index: number) => ({ holder: "people", index }) as const;

describe("a draft of the mapping", () => {
  it("has no changes while nothing was done, or when it was done and undone", () => {
    expect(changesOf(document, document)).toEqual([]);
    const there = switchAttribute(document, people(0), false);
    expect(changesOf(document, switchAttribute(there, people(0), true))).toEqual([]);
  });

  it("tells a switch from another change", () => {
    const off = switchAttribute(document, people(0), false);
    expect(changesOf(document, off)).toEqual([
      { kind: "switchedOff", what: "attribute", holder: "people", name: "stripe_plan" },
    ]);
    const attribute = { ...freshAttribute, name: "stripe_plan", field: "plan", purpose: "Another.", on: false };
    expect(changesOf(document, putAttribute(document, people(0), attribute))).toMatchObject([{ kind: "changed" }]);
  });

  it("takes another name for another attribute, as Intercom does", () => {
    const renamed = putAttribute(document, people(1), { ...freshAttribute, name: "mrr", field: "mrr" });
    expect(changesOf(document, renamed)).toMatchObject([
      { kind: "added", name: "mrr" },
      { kind: "removed", name: "stripe_mrr" },
    ]);
  });

  it("retires a removed name on demand, and keeps it when it comes back", () => {
    const gone = removeAttribute(document, people(1), { retire: true });
    expect(gone.retired).toEqual(["stripe_mrr"]);
    expect(changesOf(document, gone)).toMatchObject([{ kind: "removed" }, { kind: "retired" }]);
    const back = putAttribute(gone, { holder: "people", index: null }, { ...freshAttribute, name: "stripe_mrr" });
    expect(back.retired).toEqual([]);
  });

  it("counts each event and each setting once", () => {
    const after: MappingDocument = {
      ...document,
      primarySubscription: "newest",
      events: { payment_failed: { on: true, metadata: ["amount"] }, plan_changed: { on: false } },
      usage: { ...document.usage, thresholds: [50] },
    };
    expect(changesOf(document, after)).toEqual([
      { kind: "switchedOn", what: "event", name: "payment_failed" },
      { kind: "changed", what: "setting", setting: "primarySubscription" },
      { kind: "changed", what: "setting", setting: "usageThresholds" },
    ]);
  });

  it("puts a new attribute at the end, where the server will report about it", () => {
    expect(pathOf(document, { holder: "people", index: null })).toBe("attributes[4]");
    expect(pathOf(document, { holder: "companies", index: null })).toBe("companies.attributes[0]");
  });

  it("has one source at a time, and says a type where the source has none", () => {
    expect(withSource(freshAttribute, "metadata", "tier")).toMatchObject({ metadata: "tier", type: "string" });
    expect(withSource(freshAttribute, "cel")).not.toHaveProperty("field");
  });
});

describe("filterAttributes", () => {
  const names = (filter: Partial<typeof noFilter>, changed: readonly string[] = []): readonly string[] =>
    filterAttributes(document.attributes, { ...noFilter, ...filter }, new Set(changed)).map(
      ({ attribute }) => attribute.name,
    );

  it.each([
    [{ text: "MRR" }, ["stripe_mrr", "big"]],
    [{ text: "tier know" }, ["tier"]],
    [{ shown: "off" } as const, ["tier"]],
    [{ source: "cel" } as const, ["big"]],
    [{ text: "nobody" }, []],
  ])("answers %j", (filter, expected) => {
    expect(names(filter)).toEqual(expected);
  });

  it("finds what was changed", () => {
    expect(names({ shown: "changed" }, ["big"])).toEqual(["big"]);
  });
});

describe("celPlaceOf", () => {
  it("splits the expression at the place", () => {
    expect(celPlaceOf("a ++ b", "Unexpected token (character 4)")).toEqual({ before: "a +", at: "+", after: " b" });
  });

  it("stays within the expression, and knows when no place is named", () => {
    expect(celPlaceOf("a >", "Unexpected end (character 9).")).toEqual({ before: "a >", at: "", after: "" });
    expect(celPlaceOf("a", "it answers a list, which no attribute can hold")).toBeNull();
  });
});

describe("bands", () => {
  it("are read in any order", () => {
    expect(readLimits("1000, 500; 500\n0")).toEqual([0, 500, 1000]);
    expect(readLimits("five")).toBeNull();
  });

  it("read as Intercom will show them", () => {
    expect(bandNames([1000, 500], "en")).toEqual(["< 500", "500–1000", "≥ 1000"]);
    expect(bandNames([], "en")).toEqual([]);
  });
});
