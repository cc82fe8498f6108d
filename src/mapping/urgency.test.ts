/** An urgent attribute makes urgent whatever it can follow from. */
import { describe, expect, it } from "vitest";
import { aCopy, aProfile } from "../../test/support/builders.ts";
import { groundsFinder } from "../billing/provenance.ts";
import { groupCopies } from "../billing/profile.ts";
import { mappingDocument } from "../../contract/mapping.ts";
import type { ProfileField } from "../model/profile.ts";
import { compileMapping } from "./mapping.ts";
import { kindsBehind, urgentKinds } from "./urgency.ts";

const fields = ["subscription.plan", ...Object.keys(aProfile())] as readonly ProfileField[]; // oxlint-disable-line no-unsafe-type-assertion -- a profile's own keys

describe("the kinds behind a field", () => {
  const copies = groupCopies("cus_1", [
    aCopy("customer", { defaultPaymentMethod: "pm_1" }, { id: "cus_1" }),
    aCopy("subscription", {}, { id: "sub_1" }),
    aCopy("product", {}, { id: "prod_1" }),
    aCopy("price", {}, { id: "price_1" }),
    aCopy("invoice", {}, { id: "in_1" }),
    aCopy("charge", {}, { id: "ch_1" }),
    aCopy("charge", { status: "failed", methodType: "sepa_debit" }, { id: "ch_2" }),
    aCopy("refund", {}, { id: "re_1" }),
    aCopy("dispute", {}, { id: "du_1" }),
    aCopy("payment_method", {}, { id: "pm_1" }),
    aCopy("mandate", {}, { id: "mandate_1" }),
  ]);
  const customer = copies && { account: "main", isMain: true, livemode: false, copies };

  it.each(fields)("%s are all those that it rests on", (field) => {
    if (!customer) throw new Error("The customer is complete.");
    const grounds = groundsFinder({ customers: [customer], primary: customer })(field);
    const kinds = new Set(grounds.map(({ copy }) => copy.kind));
    expect(kindsBehind(field)).toEqual(expect.arrayContaining([...kinds]));
  });
});

describe("urgent", () => {
  const mapping = (lane: "urgent" | "normal", on = true): ReturnType<typeof compileMapping> =>
    compileMapping(
      mappingDocument.parse({
        version: 1,
        attributes: [{ name: "total", field: "total_paid", purpose: "Know it.", lane, on }],
      }),
      { name: "test" },
    );

  it("are the kinds that an urgent attribute follows from", () => {
    expect([...urgentKinds(mapping("urgent"))].toSorted()).toEqual(["charge", "customer", "dispute", "refund"]);
  });

  it("is nothing as long as nobody asks for it", () => {
    expect(urgentKinds(mapping("normal")).size).toBe(0);
    expect(urgentKinds(mapping("urgent", false)).size).toBe(0);
  });
});
