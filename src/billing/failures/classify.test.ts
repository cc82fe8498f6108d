/** What the codes of refused payments mean, in every form in which Stripe delivers them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FailureClass } from "../../model/payment-trouble.ts";
import { cardCodes, hiddenCardCodes } from "./card-codes.ts";
import { classifyFailure, classifyTakenBack, isLateReturn, type Signs } from "./classify.ts";
import { debitCodes, debitNetworkCodes } from "./debit-codes.ts";
import { localCodes } from "./local-codes.ts";
import { reasonTexts } from "./reasons.ts";
import { cardRetries, debitRetries } from "./retries.ts";

function classOf(signs: Partial<Signs>): FailureClass {
  return classifyFailure({ methodType: "card", failureCode: null, ...signs })[0];
}

describe("a lack of money is recognised as", () => {
  it.each<[string, Partial<Signs>]>([
    ["a card's decline code", { failureCode: "card_declined", declineCode: "insufficient_funds" }],
    ["a card's failure code", { failureCode: "insufficient_funds" }],
    ["a card network's code behind a plain decline", { declineCode: "generic_decline", networkDeclineCode: "51" }],
    [
      "SEPA's AM04 with Stripe's code",
      { methodType: "sepa_debit", failureCode: "insufficient_funds", networkDeclineCode: "AM04" },
    ],
    [
      "Stripe's code alone, which German banks leave it at",
      { methodType: "sepa_debit", failureCode: "insufficient_funds" },
    ],
    [
      "AM04 behind a vague code",
      { methodType: "sepa_debit", failureCode: "generic_could_not_process", networkDeclineCode: "AM04" },
    ],
    [
      "AM04 behind a code that nobody knows",
      { methodType: "sepa_debit", failureCode: "new_code", networkDeclineCode: "am04" },
    ],
    ["the outcome's reason alone", { methodType: "sepa_debit", declineCode: "insufficient_funds" }],
    ["ACH's R01", { methodType: "us_bank_account", networkDeclineCode: "R01" }],
    ["ACH's R09", { methodType: "us_bank_account", networkDeclineCode: "R09" }],
    ["a Canadian 901", { methodType: "acss_debit", networkDeclineCode: "901" }],
  ])("%s", (_, signs) => {
    expect(classOf(signs)).toBe("insufficient_funds");
  });

  it("a dispute after the debit counted as paid", () => {
    expect(classifyTakenBack("insufficient_funds")).toEqual(["insufficient_funds", "insufficient_funds"]);
    expect(isLateReturn("insufficient_funds")).toBe(true);
  });
});

describe("a refused card", () => {
  it.each<[FailureClass, Partial<Signs>]>([
    ["soft", { declineCode: "do_not_honor" }],
    ["soft", { declineCode: "issuer_not_available" }],
    ["soft", { failureCode: "card_declined" }],
    ["soft", {}],
    ["soft", { declineCode: "a_code_of_tomorrow" }],
    ["hard", { declineCode: "do_not_honor", adviceCode: "do_not_try_again" }],
    ["hard", { declineCode: "transaction_not_allowed" }],
    ["hard", { declineCode: "revocation_of_all_authorizations" }],
    ["hard", { declineCode: "insufficient_funds", blocked: true }],
    ["needs_authentication", { failureCode: "authentication_required", declineCode: "authentication_required" }],
    ["needs_new_details", { failureCode: "expired_card" }],
    ["needs_new_details", { declineCode: "incorrect_cvc" }],
    ["needs_new_details", { declineCode: "generic_decline", adviceCode: "confirm_card_data" }],
    ["needs_new_details", { declineCode: "generic_decline", networkDeclineCode: "54" }],
  ])("is %s by %o", (expected, signs) => {
    expect(classOf(signs)).toBe(expected);
  });

  it.each([...hiddenCardCodes])("never shows %s, whatever else is said", (code) => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(cardCodes)), fc.constantFrom("51", "54", null), (other, network) => {
        const signs = { methodType: "card", networkDeclineCode: network, adviceCode: "confirm_card_data" };
        const plain = ["hard", "declined"];
        expect(classifyFailure({ ...signs, declineCode: code, failureCode: other })).toEqual(plain);
        expect(classifyFailure({ ...signs, declineCode: other, failureCode: code })).toEqual(plain);
      }),
      { numRuns: 20 },
    );
  });

  // docs.stripe.com/billing/revenue-recovery/smart-retries; expired_card is not among them, a new number may cure it.
  it.each([
    "incorrect_number",
    "lost_card",
    "pickup_card",
    "stolen_card",
    "revocation_of_authorization",
    "revocation_of_all_authorizations",
    "authentication_required",
    "highest_risk_level",
    "transaction_not_allowed",
  ])("is not tried again after %s", (code) => {
    expect(cardRetries[classOf({ declineCode: code })]).toBeUndefined();
  });
});

describe("a wallet or a local method that is refused", () => {
  it.each<[string, FailureClass, string]>([
    ["partner_generic_decline", "soft", "The payment was declined."],
    [
      "invalid_billing_agreement",
      "mandate_revoked",
      "The permission to charge this payment method is no longer valid.",
    ],
    ["partner_insufficient_funds", "insufficient_funds", "There was not enough money on the account."],
    ["payment_limit_exceeded", "soft", "A limit of the card or account was exceeded."],
    ["partner_high_risk_customer", "hard", "The payment was declined."],
    ["compliance_violation", "hard", "The payment was declined."],
    ["fraudulent", "hard", "The payment was declined."],
    ["do_not_honor", "soft", "The payment was declined."],
    ["transaction_not_allowed", "hard", "The payment was declined."],
    ["a_code_of_tomorrow", "soft", "The payment was declined."],
  ])("with %s is %s: “%s”", (declineCode, failureClass, sentence) => {
    const [found, reason] = classifyFailure({ methodType: "paypal", failureCode: null, declineCode });
    expect([found, reasonTexts[reason].reason.en]).toEqual([failureClass, sentence]);
  });
});

describe("a returned debit", () => {
  // The table of docs.stripe.com/declines/network-codes, with the three codes that only the scheme explains.
  it.each<[string, string | null, FailureClass]>([
    ["AM04", "insufficient_funds", "insufficient_funds"],
    ["MS03", "refer_to_customer", "unexplained"],
    ["SL01", "refer_to_customer", "unexplained"],
    ["AG02", "generic_could_not_process", "technical"],
    ["AM05", "generic_could_not_process", "technical"],
    ["CNOR", "generic_could_not_process", "technical"],
    ["DNOR", "generic_could_not_process", "technical"],
    ["DN05", "generic_could_not_process", "technical"],
    ["FF01", "generic_could_not_process", "technical"],
    ["AC13", "generic_could_not_process", "technical"],
    ["MD01", "debit_not_authorized", "mandate_revoked"],
    ["MD02", "debit_authorization_not_match", "mandate_revoked"],
    ["BE05", "debit_authorization_not_match", "mandate_revoked"],
    ["MD06", "debit_disputed", "disputed"],
    ["MD07", "recipient_deceased", "stopped"],
    ["AC01", "invalid_account_number", "wrong_details"],
    ["AC04", "account_closed", "account_closed"],
    ["RC01", "branch_does_not_exist", "wrong_details"],
    ["RR01", "incorrect_account_holder_name", "wrong_details"],
    ["RR02", "incorrect_account_holder_name", "wrong_details"],
    ["RR03", "incorrect_account_holder_name", "wrong_details"],
    ["AC06", null, "account_blocked"],
    ["AG01", "generic_could_not_process", "account_blocked"],
    ["MS02", "refer_to_customer", "mandate_revoked"],
  ])(
    "with %s, which Stripe calls %s, is %s – by both codes and by each alone",
    (networkDeclineCode, failureCode, expected) => {
      const methodType = "sepa_debit";
      expect(classOf({ methodType, failureCode, networkDeclineCode })).toBe(expected);
      expect(classOf({ methodType, networkDeclineCode })).toBe(expected);
      if (networkDeclineCode.startsWith("AG01") || networkDeclineCode === "MS02" || failureCode === null) return;
      expect(classOf({ methodType, failureCode })).toBe(expected);
    },
  );

  // The tables of the same page for ACH, BECS, Canadian debits and Bacs: raw code, Stripe's code, what follows from both.
  it.each<[method: string, raw: string, code: string, FailureClass]>([
    ["us_bank_account", "R02", "bank_account_closed", "account_closed"],
    ["us_bank_account", "R03", "bank_account_invalid_details", "wrong_details"],
    ["us_bank_account", "R04", "bank_account_invalid_details", "wrong_details"],
    ["us_bank_account", "R05", "debit_not_authorized", "mandate_revoked"],
    ["us_bank_account", "R07", "debit_not_authorized", "mandate_revoked"],
    ["us_bank_account", "R08", "debit_not_authorized", "mandate_revoked"],
    ["us_bank_account", "R10", "debit_not_authorized", "mandate_revoked"],
    ["us_bank_account", "R11", "debit_not_authorized", "mandate_revoked"],
    ["us_bank_account", "R15", "recipient_deceased", "stopped"],
    ["us_bank_account", "R16", "bank_account_frozen", "account_blocked"],
    ["us_bank_account", "R20", "bank_account_restricted", "account_blocked"],
    ["us_bank_account", "R29", "debit_not_authorized", "mandate_revoked"],
    ["us_bank_account", "R31", "debit_not_authorized", "mandate_revoked"],
    ...["au_becs_debit", "nz_bank_account"].flatMap((method): [string, string, string, FailureClass][] => [
      [method, "1", "invalid_routing_number", "wrong_details"],
      [method, "2", "debit_not_authorized", "mandate_revoked"],
      [method, "3", "account_closed", "account_closed"],
      [method, "4", "recipient_deceased", "stopped"],
      [method, "5", "no_account", "wrong_details"],
      [method, "6", "refer_to_customer", "unexplained"],
      [method, "8", "internal", "technical"],
      [method, "9", "refer_to_customer", "unexplained"],
    ]),
    ["acss_debit", "900", "generic_could_not_process", "technical"],
    ["acss_debit", "902", "no_account", "wrong_details"],
    ["acss_debit", "903", "debit_not_authorized", "mandate_revoked"],
    ["acss_debit", "905", "account_closed", "account_closed"],
    ["acss_debit", "907", "bank_account_restricted", "account_blocked"],
    ["acss_debit", "908", "insufficient_funds", "insufficient_funds"],
    ["acss_debit", "910", "recipient_deceased", "stopped"],
    ["acss_debit", "911", "account_frozen", "account_blocked"],
    ["acss_debit", "912", "invalid_account_number", "wrong_details"],
    ["acss_debit", "915", "debit_not_authorized", "mandate_revoked"],
    ["bacs_debit", "2", "recipient_deceased", "stopped"],
    ["bacs_debit", "B", "account_closed", "account_closed"],
  ])("by %s with %s, which Stripe calls %s, is %s", (methodType, networkDeclineCode, failureCode, expected) => {
    for (const signs of [{ failureCode, networkDeclineCode }, { failureCode }, { networkDeclineCode }])
      expect(classOf({ methodType, ...signs })).toBe(expected);
  });

  it.each<[string, FailureClass]>([
    ["bank_ownership_changed", "mandate_revoked"],
    ["debits_not_supported_for_account", "account_blocked"],
    ["insufficient_funds", "insufficient_funds"],
    ["debit_not_authorized", "mandate_revoked"],
    ["invalid_account_number", "wrong_details"],
    ["generic_could_not_process", "technical"],
    ["refer_to_customer", "unexplained"],
  ])(
    "by Bacs goes by Stripe's code %s, since a raw code means different things in different reports",
    (failureCode, expected) => {
      for (const networkDeclineCode of ["0", "5", "6", null])
        expect(classOf({ methodType: "bacs_debit", failureCode, networkDeclineCode })).toBe(expected);
    },
  );

  it("of one scheme does not borrow the codes of another", () => {
    expect(classOf({ methodType: "sepa_debit", networkDeclineCode: "901" })).toBe("unexplained");
    expect(classOf({ methodType: "bacs_debit", networkDeclineCode: "1" })).toBe("unexplained");
  });

  it("of which nothing is known is unexplained", () => {
    expect(classOf({ methodType: "sepa_debit" })).toBe("unexplained");
  });

  it("says nothing about a death", () => {
    const [, reason] = classifyFailure({ methodType: "sepa_debit", failureCode: "recipient_deceased" });
    expect(JSON.stringify(reasonTexts[reason])).not.toMatch(/deceased|dead|died|verstorben|gestorben/i);
  });

  it.each([
    ["fraudulent", "disputed"],
    ["general", "disputed"],
    ["unrecognized", "disputed"],
    [null, "disputed"],
    ["debit_not_authorized", "mandate_revoked"],
    ["incorrect_account_details", "wrong_details"],
    ["bank_cannot_process", "technical"],
  ])("after it counted as paid, with the dispute's reason %s, is %s", (reason, expected) => {
    expect(classifyTakenBack(reason)[0]).toBe(expected);
  });

  it.each(["account_closed", "invalid_account_number", "debit_not_authorized", "debit_disputed", "recipient_deceased"])(
    "is not presented again after %s",
    (failureCode) => {
      expect(debitRetries[classOf({ methodType: "sepa_debit", failureCode })]).toBeUndefined();
    },
  );
});

describe("the texts", () => {
  const tables = [cardCodes, localCodes, debitCodes, ...Object.values(debitNetworkCodes)];
  const meanings = tables.flatMap((table) => Object.values(table));

  it.each(Object.entries(reasonTexts))("of %s are sentences in both languages and name no hidden reason", (_, text) => {
    for (const sentence of [...Object.values(text.reason), ...Object.values(text.advice)]) {
      expect(sentence).toMatch(/^[A-ZÄÖÜ].*\.$/);
      expect(sentence).not.toMatch(/fraud|stolen|lost|risk|radar|betrug|gestohlen|verloren/i);
    }
  });

  it("are all used", () => {
    const used = new Set<string>(meanings.map(([, reason]) => reason));
    expect(Object.keys(reasonTexts).filter((reason) => !used.has(reason))).toEqual([]);
  });

  it("are found for whatever Stripe may send", () => {
    const text = fc.option(fc.oneof(fc.string(), fc.constantFrom("constructor", "__proto__", "toString")), {
      nil: null,
    });
    fc.assert(
      fc.property(
        fc.record({
          methodType: text,
          failureCode: text,
          declineCode: text,
          networkDeclineCode: text,
          adviceCode: text,
        }),
        (signs) => {
          const [failureClass, reason] = classifyFailure(signs);
          expect(failureClass).toMatch(/^[a-z_]+$/);
          expect(reasonTexts[reason].reason.de).toMatch(/\.$/);
          expect(classifyTakenBack(signs.failureCode)).toHaveLength(2);
        },
      ),
    );
  });
});
