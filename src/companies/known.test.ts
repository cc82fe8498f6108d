/** What is known of a company, and what has to be written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Company } from "../model/company.ts";
import type { DesiredCompany } from "./desired.ts";
import {
  describeCompanyPatch,
  diffCompany,
  foreignEdits,
  knownAfter,
  knownAfterEdits,
  knownAfterReading,
  knownBeforeSending,
  noPlan,
  nothingKnown,
  type KnownCompany,
} from "./known.ts";

function aCompany(parts: Partial<Company> = {}): Company {
  return {
    id: "c".repeat(24),
    companyId: "acme",
    name: null,
    plan: null,
    monthlySpend: 0,
    customAttributes: {},
    ...parts,
  };
}

function aDesire(parts: Partial<DesiredCompany> = {}): DesiredCompany {
  return { name: "Acme", plan: "Pro", monthlySpend: 10, custom: { status: "active" }, unknowns: [], ...parts };
}

/** As Intercom does it, but for keeping a name that others set in the very moment. */
function apply(company: Company, patch: NonNullable<ReturnType<typeof diffCompany>>): Company {
  const { customAttributes, ...fields } = patch;
  return { ...company, ...fields, customAttributes: { ...company.customAttributes, ...customAttributes } };
}

/** Writes what differs and answers what is known then. */
function written(desired: DesiredCompany, company = aCompany(), known: KnownCompany = nothingKnown): KnownCompany {
  const patch = diffCompany(known, desired);
  return patch ? knownAfter(known, patch, apply(company, patch)) : known;
}

const steady = written(aDesire());

describe("the difference", () => {
  it("is everything that is known, of a company that is new", () => {
    expect(diffCompany(nothingKnown, aDesire())).toEqual({
      name: "Acme",
      plan: "Pro",
      monthlySpend: 10,
      customAttributes: { status: "active" },
    });
  });

  it("leaves out what is not known, and what Intercom shows anyway", () => {
    expect(diffCompany(nothingKnown, aDesire({ plan: null, monthlySpend: null, custom: { status: null } }))).toEqual({
      name: "Acme",
    });
    expect(diffCompany(nothingKnown, aDesire({ name: null, plan: undefined, monthlySpend: 0, custom: {} }))).toBeNull();
  });

  it("is what changed, and nothing else", () => {
    expect(diffCompany(steady, aDesire({ monthlySpend: 20 }))).toEqual({ monthlySpend: 20 });
  });

  it("is nothing after it was written", () => {
    const value = fc.option(fc.constantFrom("a", "b"), { nil: null });
    const desires = fc.record({
      name: value,
      plan: fc.option(value, { nil: undefined }),
      monthlySpend: fc.option(fc.constantFrom(0, 1, null), { nil: undefined }),
      custom: fc.record({ status: value }),
      unknowns: fc.constant([]),
    });
    fc.assert(
      fc.property(fc.array(desires, { minLength: 1, maxLength: 6 }), (history) => {
        let [company, known] = [aCompany(), nothingKnown];
        for (const desired of history) {
          const patch = diffCompany(known, desired);
          if (patch) {
            company = apply(company, patch);
            known = knownAfter(known, patch, company);
          }
          expect(diffCompany(known, desired)).toBeNull();
        }
      }),
    );
  });
});

describe("what is not known any more", () => {
  it("is taken back as far as Intercom lets us", () => {
    const gone = aDesire({ plan: null, monthlySpend: null, custom: { status: null } });
    expect(diffCompany(steady, gone)).toEqual({ plan: noPlan, monthlySpend: 0, customAttributes: { status: null } });
  });

  it("is left alone when it came from others", () => {
    const known = knownAfterReading(nothingKnown, aCompany({ plan: "Gold", monthlySpend: 500 }), aDesire());
    expect(diffCompany(known, aDesire({ name: null, plan: null, monthlySpend: null, custom: {} }))).toBeNull();
  });

  it("is taken back although the answer to the write was lost", () => {
    const noted = knownBeforeSending(nothingKnown, diffCompany(nothingKnown, aDesire()) ?? {});
    const shown = aCompany({ name: "Acme", plan: "Pro", monthlySpend: 10, customAttributes: { status: "active" } });
    const gone = aDesire({ name: null, plan: null, monthlySpend: null, custom: { status: null } });
    const known = knownAfterReading(noted ?? nothingKnown, shown, gone);
    expect(diffCompany(known, gone)).toEqual({ plan: noPlan, monthlySpend: 0, customAttributes: { status: null } });
  });
});

describe("the name", () => {
  it("follows Stripe while it is ours", () => {
    expect(diffCompany(steady, aDesire({ name: "Acme AG" }))).toEqual({ name: "Acme AG" });
  });

  it("is left to whoever changed it", () => {
    const known = knownAfterReading(
      steady,
      aCompany({ name: "ACME!", plan: "Pro", monthlySpend: 10, customAttributes: { status: "active" } }),
      aDesire(),
    );
    expect(diffCompany(known, aDesire({ name: "Acme AG" }))).toBeNull();
  });

  it("is ours when it was right before we came", () => {
    const known = knownAfterReading(nothingKnown, aCompany({ name: "Acme" }), aDesire());
    expect(diffCompany(known, aDesire({ name: "Acme AG" }))).toMatchObject({ name: "Acme AG" });
  });

  it.each(["Acme", "Acme AG"])("stays ours when we died while it was written, and it is %s", (shown) => {
    const noted = knownBeforeSending(steady, { name: "Acme AG" }) ?? steady;
    const known = knownAfterReading(noted, aCompany({ name: shown }), aDesire({ name: "Acme SE" }));
    expect(diffCompany(known, aDesire({ name: "Acme SE" }))).toMatchObject({ name: "Acme SE" });
  });
});

describe("what others change", () => {
  const shown = aCompany({ name: "ACME!", plan: "Gold", monthlySpend: 9, customAttributes: { status: "vip" } });
  const nothingShared = { isShared: () => false, isSame: Object.is };

  it("is found where it is ours, and written again", () => {
    expect(foreignEdits(steady, shown, nothingShared)).toEqual([
      ["plan", "Pro", "Gold"],
      ["monthly_spend", 10, 9],
      ["status", "active", "vip"],
    ]);
    expect(diffCompany(knownAfterEdits(steady, shown, nothingShared), aDesire())).toEqual({
      plan: "Pro",
      monthlySpend: 10,
      customAttributes: { status: "active" },
    });
  });

  it("stays where the attribute is shared", () => {
    const statusShared = { isShared: (name: string) => name === "status", isSame: Object.is };
    expect(foreignEdits(steady, shown, statusShared).map(([name]) => name)).toEqual(["plan", "monthly_spend"]);
    expect(diffCompany(knownAfterEdits(steady, shown, statusShared), aDesire())).not.toHaveProperty("customAttributes");
  });

  it("is nothing when they changed nothing", () => {
    const same = aCompany({
      name: "Acme",
      plan: "Pro",
      monthlySpend: 10,
      customAttributes: { status: "active", theirs: 1 },
    });
    expect(foreignEdits(steady, same, nothingShared)).toEqual([]);
  });
});

it("describes a write by the names that Intercom uses", () => {
  const patch = diffCompany(nothingKnown, aDesire()) ?? {};
  expect(describeCompanyPatch(nothingKnown, patch)).toEqual([
    ["name", null, "Acme"],
    ["plan", null, "Pro"],
    ["monthly_spend", 0, 10],
    ["status", null, "active"],
  ]);
});
