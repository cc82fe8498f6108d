/** Only what Stripe has signed gets in. */
import { createHmac } from "node:crypto";
import fc from "fast-check";
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { AppError } from "../model/error.ts";
import { toleranceS, verifyStripeSignature, type SignatureCheck } from "./signature.ts";

const secret = "whsec_9f3c2a71";
const rolled = "whsec_0b8d4e55";
const nowS = 1_790_000_000;
const body = Buffer.from('{\n  "id": "evt_1",\n  "name": "Zoë 😀"\n}');

function sign(
  text: Buffer | string,
  { key = secret, atS = nowS }: { readonly key?: string; readonly atS?: number | string } = {},
): string {
  return createHmac("sha256", key).update(`${atS}.`).update(text).digest("hex");
}

/** What came of a check: "fine", or the error's code. */
function check(parts: Partial<SignatureCheck>): string {
  try {
    verifyStripeSignature({ body, header: `t=${nowS},v1=${sign(body)}`, secrets: [secret], nowS, ...parts });
    return "fine";
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

describe("a genuine delivery", () => {
  const { webhooks } = new Stripe("sk_test_unused");

  it("is what Stripe's own library signs", () => {
    const header = webhooks.generateTestHeaderString({ payload: body.toString("utf8"), secret, timestamp: nowS });

    expect(check({ header })).toBe("fine");
  });

  it("agrees with Stripe's own library about every header", () => {
    const part = fc.oneof(
      fc.constantFrom(
        `t=${nowS}`,
        `v1=${sign(body)}`,
        `v1=${sign(body, { key: rolled })}`,
        `v0=${sign(body)}`,
        "t=",
        "",
        "v1=00",
      ),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
        // Two times in one header mean nothing; the two sides may differ about which one counts.
        fc.pre(parts.filter((one) => one.trim().startsWith("t=")).length <= 1);
        const header = parts.join(",");
        const accepted = check({ header }) === "fine";
        if (accepted)
          expect(() =>
            webhooks.constructEvent(eventText, eventHeader(header), secret, undefined, undefined, nowS * 1000),
          ).not.toThrow();
      }),
      { numRuns: 500 },
    );
  });

  /** The library wants an event; the header's signatures are made over it instead of over `body`. */
  const eventText = '{"id":"evt_1","object":"event"}';
  const eventHeader = (header: string): string => header.replaceAll(sign(body), sign(eventText));

  it.each([
    [
      "with a secret that is being rolled, as two signatures",
      { header: `t=${nowS},v1=${sign(body, { key: rolled })},v1=${sign(body)}` },
    ],
    ["with a secret that is being rolled, as two secrets", { secrets: [rolled, secret] }],
    ["with test artefacts beside it", { header: `t=${nowS},v0=${"0".repeat(64)},v1=${sign(body)},v2=x` }],
    ["with spaces behind the commas", { header: `t=${nowS}, v1=${sign(body)}` }],
    ["with the parts in another order", { header: `v1=${sign(body)},t=${nowS}` }],
    ["at the edge of the past", { nowS: nowS + toleranceS }],
    ["at the edge of the future", { nowS: nowS - toleranceS }],
  ])("is taken %s", (_how, parts) => {
    expect(check(parts)).toBe("fine");
  });
});

describe("what is not genuine", () => {
  it.each<[string, Partial<SignatureCheck>, string]>([
    ["no header", { header: undefined }, "STRIPE_SIGNATURE_MISSING"],
    ["an empty header", { header: "" }, "STRIPE_SIGNATURE_MISSING"],
    ["no time", { header: `v1=${sign(body)}` }, "STRIPE_SIGNATURE_MISSING"],
    ["no signature", { header: `t=${nowS}` }, "STRIPE_SIGNATURE_MISSING"],
    ["only the test scheme", { header: `t=${nowS},v0=${sign(body)}` }, "STRIPE_SIGNATURE_MISSING"],
    ["a signature that is cut", { header: `t=${nowS},v1=${sign(body).slice(1)}` }, "STRIPE_SIGNATURE_MISSING"],
    ["a signature that is no hex", { header: `t=${nowS},v1=${"z".repeat(64)}` }, "STRIPE_SIGNATURE_MISSING"],
    ["a time that is no number", { header: `t=soon,v1=${sign(body, { atS: "soon" })}` }, "STRIPE_SIGNATURE_MISSING"],
    ["a time with a fraction", { header: `t=1e9,v1=${sign(body, { atS: "1e9" })}` }, "STRIPE_SIGNATURE_MISSING"],
    ["a time before all time", { header: `t=-5,v1=${sign(body, { atS: -5 })}` }, "STRIPE_SIGNATURE_MISSING"],
    [
      "a header without end",
      { header: `t=${nowS},v1=${sign(body)},${"v1=x,".repeat(2000)}` },
      "STRIPE_SIGNATURE_MISSING",
    ],
    ["another body", { body: Buffer.from(`${body.toString("utf8")} `) }, "STRIPE_SIGNATURE_INVALID"],
    ["an empty body", { body: Buffer.alloc(0) }, "STRIPE_SIGNATURE_INVALID"],
    ["another secret", { secrets: [rolled] }, "STRIPE_SIGNATURE_INVALID"],
    ["no secret", { secrets: [] }, "STRIPE_SIGNATURE_INVALID"],
    [
      "an empty secret, which anybody could sign with",
      { secrets: [""], header: `t=${nowS},v1=${sign(body, { key: "" })}` },
      "STRIPE_SIGNATURE_INVALID",
    ],
    [
      "a blank secret",
      { secrets: [" "], header: `t=${nowS},v1=${sign(body, { key: " " })}` },
      "STRIPE_SIGNATURE_INVALID",
    ],
    ["a signature of another time", { header: `t=${nowS + 1},v1=${sign(body)}` }, "STRIPE_SIGNATURE_INVALID"],
    ["a time of long ago", { nowS: nowS + toleranceS + 1 }, "STRIPE_SIGNATURE_EXPIRED"],
    ["a time to come", { nowS: nowS - toleranceS - 1 }, "STRIPE_SIGNATURE_EXPIRED"],
    ["an old time under a forged signature", { nowS: nowS + 900, secrets: [rolled] }, "STRIPE_SIGNATURE_INVALID"],
  ])("%s is refused", (_what, parts, code) => {
    expect(check(parts)).toBe(code);
  });

  it("says nothing about secret, body or the signature that would have fitted", () => {
    const errors = [{ header: "" }, { secrets: [rolled] }, { nowS: 0 }].map((parts) => {
      try {
        verifyStripeSignature({ body, header: `t=${nowS},v1=${sign(body)}`, secrets: [secret], nowS, ...parts });
        return "";
      } catch (error) {
        return error instanceof Error ? error.message : "";
      }
    });

    expect(errors.join(" ")).not.toMatch(new RegExp(`${secret}|${rolled}|${sign(body)}|evt_1`));
  });

  it("never gets in and never throws anything but our errors: ten thousand hostile headers", () => {
    const pieces = fc.constantFrom(
      "t=",
      "v1=",
      "v0=",
      ",",
      " ",
      "=",
      "\0",
      "\u202E",
      `${nowS}`,
      "9".repeat(400),
      "0".repeat(64),
      "ff".repeat(32),
      sign(body).toUpperCase(),
      "%00",
      "__proto__=1",
    );
    const hostile = fc.oneof(
      fc.string({ unit: "binary", maxLength: 80 }),
      fc.array(fc.oneof(pieces, fc.string({ maxLength: 5 })), { maxLength: 14 }).map((list) => list.join("")),
    );
    fc.assert(
      fc.property(hostile, (header) => {
        expect(check({ header })).toMatch(/^STRIPE_SIGNATURE_(MISSING|INVALID|EXPIRED)$/);
      }),
      { numRuns: 10_000 },
    );
  });
});
