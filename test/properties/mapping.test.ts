/** Laws of the mapping: whatever is given to the check, it answers; what it lets pass is worked out for everybody, and settles. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { attributeTypes, formats, mappedAttribute } from "../../contract/mapping.ts";
import { diffContact, knownAfter, knownFromContact } from "../../src/contacts/known.ts";
import { checkDocument } from "../../src/mapping/check-document.ts";
import { compileMapping, evaluateMapping, type Mapping } from "../../src/mapping/mapping.ts";
import { baseAttributes } from "../../src/mapping/preset.ts";
import type { AttributeDefinition } from "../../src/model/attribute.ts";
import type { Profile } from "../../src/model/profile.ts";
import { aContact, aProfile } from "../support/builders.ts";

const seed = 4;

/** Names that every JavaScript object knows, and others that are hard to spell. */
const trickyNames = [
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "größe",
  "😀",
  "a.b",
  "",
  " ",
  "\u0000",
  "\ud800",
];
const trickyTexts = [
  ...trickyNames,
  "12",
  "-0",
  "1,000",
  "1e3",
  "NaN",
  "0x10",
  "true",
  "Ja",
  "2026-02-30",
  "2026-11-30",
  "99999999999",
  "٣",
  "x".repeat(255),
  "x".repeat(256),
  `${"x".repeat(253)}😀😀`,
  "ß".repeat(200),
];

const someText = fc.oneof(fc.constantFrom(...trickyTexts), fc.string({ unit: "binary", maxLength: 300 }));
const someNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(0, -0, 1e21, 1e300, 5e-324, Number.MAX_SAFE_INTEGER, 2 ** 53, -1, 0.1),
);

const someKey = fc.constantFrom(
  ..."version attributes name field metadata cel type format locale purpose description lane ownership on precision round bands".split(
    " ",
  ),
  ..."retired companies key excludeDomains plan monthlySpend currency events usage limitKey limits thresholds meter limit".split(
    " ",
  ),
  ...trickyNames,
);

/** JSON of any shape, with the names that a mapping has among its keys. */
const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 5, depthIdentifier: "json" },
    fc.constantFrom(null, true, false),
    someNumber,
    someText,
    fc.constantFrom("exact", "plain", "money", "date", "string", "customer", "plan", "profile.mrr > 1.0"),
    fc.array(tie("anything"), { maxLength: 4, depthIdentifier: "json" }),
    fc
      .array(fc.tuple(someKey, tie("anything")), { maxLength: 8, depthIdentifier: "json" })
      .map((entries) => Object.fromEntries(entries)),
  ),
}));
const expressions = [
  "profile.mrr",
  "profile.plan",
  "profile.created_at",
  "profile.paid_count",
  'profile.metadata["a"]',
  'profile.metadata["constructor"]',
  'dyn(profile.metadata["a"])',
  'int(profile.metadata["a"])',
  'double(profile.metadata["a"]) / 3.0',
  "profile.mrr / 0.0",
  "1 / 0",
  "9223372036854775807",
  'profile.created_at + duration("2562047h") + duration("2562047h")',
  'timestamp(profile.metadata["a"])',
  '[1][int(profile.metadata["a"])]',
  "dyn([1, 2])",
  'dyn({"unknown": "x"})',
  "dyn(profile)",
  'has(profile.mrr) ? "yes" : "no"',
];

/** An attribute as somebody might write it who has read the reference; many of them are refused all the same. */
const someAttribute = fc.record(
  {
    source: fc.oneof(
      fc.constantFrom(...baseAttributes.map(({ key }) => key)).map((field) => ({ field })),
      fc.constantFrom("a", ...trickyNames).map((metadata) => ({ metadata })),
      fc.constantFrom(...expressions).map((cel) => ({ cel })),
    ),
    type: fc.constantFrom(...attributeTypes),
    format: fc.constantFrom(...formats),
    locale: fc.constantFrom("en", "de"),
    ownership: fc.constantFrom("dunlin", "shared"),
    precision: fc.oneof(
      fc.constant("exact"),
      fc.record({ round: fc.constantFrom(1, 0.01, 100, 1e308, 5e-324, 3) }),
      fc.record({ bands: fc.array(someNumber, { minLength: 1, maxLength: 4 }) }),
    ),
  },
  { requiredKeys: ["source"] },
);

const someProfile = fc
  .record({
    a: someText,
    tricky: fc.dictionary(fc.constantFrom(...trickyNames), someText, { maxKeys: 4 }),
    minor: fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 }),
    currency: fc.constantFrom("eur", "jpy", "kwd", "isk", "huf", "xxx", "constructor"),
    isBare: fc.boolean(),
  })
  .map(({ a, tricky, minor, currency, isBare }): Profile => {
    const money = { amountMinor: minor, currency };
    return aProfile({
      metadata: { ...tricky, a },
      name: a,
      totalPaid: money,
      balance: money,
      recurring: { mrrMinor: minor, arrMinor: minor, currency },
      ...(isBare ? { subscription: null, card: null, lastPayment: null, totalPaid: null } : {}),
    });
  });

function mappingOf(attributes: readonly object[]): Mapping | undefined {
  const { document } = checkDocument({ version: 1, attributes });
  return document && compileMapping(document, { name: "test" });
}

/** Whether Intercom takes this value for an attribute of this type. */
function fits(value: unknown, { type }: AttributeDefinition): boolean {
  if (value === null) return true;
  if (type === "string") return typeof value === "string" && value.length <= 255;
  if (type === "boolean") return typeof value === "boolean";
  if (type === "float") return typeof value === "number" && Number.isFinite(value);
  return Number.isSafeInteger(value);
}

describe("the check of a document", () => {
  it("answers whatever it is given, and says at least one thing about what it refuses", () => {
    fc.assert(
      fc.property(anything, fc.boolean(), (given, isWrapped) => {
        const { document, problems } = checkDocument(isWrapped ? { version: 1, attributes: given } : given);
        if (!document) expect(problems.filter(({ severity }) => severity === "error")).not.toEqual([]);
        for (const { path, problem } of problems) expect([path, problem]).not.toContain("");
      }),
      { numRuns: 10_000, seed },
    );
  });
});

describe("a mapping that passed the check", () => {
  it("is worked out for everybody without an error, and gives Intercom only what it takes", () => {
    let passed = 0;
    fc.assert(
      fc.property(fc.array(someAttribute, { minLength: 1, maxLength: 3 }), someProfile, (some, profile) => {
        const attributes = some.map(({ source, ...rest }, index) => ({
          ...source,
          ...rest,
          name: `own_${index}`,
          purpose: "Try it.",
        }));
        const mapping = mappingOf(attributes);
        if (!mapping) return;
        passed += 1;
        const { custom } = evaluateMapping(mapping, profile);
        for (const definition of mapping.definitions) {
          expect([definition.type, custom[definition.name]]).toSatisfy(([, value]) => fits(value, definition));
        }
        for (const { whenEmpty } of mapping.lines) whenEmpty(profile);
      }),
      { numRuns: 5_000, seed },
    );
    expect(passed).toBeGreaterThan(300);
  });

  it("settles: after what differs was written, nothing differs", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.constantFrom(...trickyNames, "own", "Own two", "isPrototypeOf", "toLocaleString"), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.constantFrom("a", ...trickyNames),
        someProfile,
        (names, metadata, profile) => {
          const written = names.filter((name) => mappedAttribute.shape.name.safeParse(name).success);
          const mapping = mappingOf(written.map((name) => ({ name, metadata, type: "string", purpose: "Try it." })));
          if (!mapping) return;
          const desired = evaluateMapping(mapping, profile);
          const contact = aContact({ email: profile.email, name: desired.standard.name, phone: null });
          const known = knownFromContact(contact, desired);
          const patch = diffContact(known, desired);
          const after = knownAfter(known, { desired, patch, shown: contact });
          const stored: unknown = JSON.parse(JSON.stringify(after.custom));
          expect(stored).toEqual(after.custom);
          expect(diffContact(after, desired)).toBeNull();
        },
      ),
      { numRuns: 2_000, seed },
    );
  });

  it("leaves the other attributes right when an expression fails for one customer", () => {
    const mapping = mappingOf([
      { name: "fails", cel: 'int(profile.metadata["a"])', purpose: "Try it." },
      { name: "stays", metadata: "a", type: "string", purpose: "Try it." },
    ]);
    if (!mapping) throw new Error("The mapping did not pass.");
    const values = (metadata: Profile["metadata"]) => evaluateMapping(mapping, aProfile({ metadata })).custom;
    expect(values({ a: "12" })).toEqual({ fails: 12, stays: "12" });
    expect(values({ a: "twelve" })).toEqual({ fails: null, stays: "twelve" });
    expect(values({})).toEqual({ fails: null, stays: null });
  });
});
