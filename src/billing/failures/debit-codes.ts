/**
 * Station billing: what the codes of returned bank debits mean, as data.
 * Sources: docs.stripe.com/payments/sepa-debit and docs.stripe.com/declines/network-codes (SEPA's ISO 20022 reasons,
 * Nacha's return codes, Payments Canada's 900 series, the codes of Bacs and BECS), the list of `failure_code` in docs.stripe.com/api/charges/object,
 * the list of `reason` in docs.stripe.com/api/disputes/object. AC06, AG01 and MS02 are not in Stripe's table: their meaning
 * is the scheme's own (European Payments Council, EPC 173-14).
 */
import type { Meaning } from "./card-codes.ts";

const funds: Meaning = ["insufficient_funds", "insufficient_funds"];
const closed: Meaning = ["account_closed", "account_closed"];
const wrong: Meaning = ["wrong_details", "account_wrong"];
const holder: Meaning = ["wrong_details", "holder_wrong"];
const blocked: Meaning = ["account_blocked", "account_blocked"];
const mandate: Meaning = ["mandate_revoked", "mandate_missing"];
const takenBack: Meaning = ["disputed", "taken_back"];
const technical: Meaning = ["technical", "debit_technical"];
const unexplained: Meaning = ["unexplained", "debit_refused"];
const limit: Meaning = ["unexplained", "limit_exceeded"];
const deceased: Meaning = ["stopped", "debit_stopped"];

/** By Stripe's `failure_code`. */
export const debitCodes: Readonly<Record<string, Meaning>> = {
  account_closed: closed,
  account_frozen: blocked,
  authorization_revoked: mandate,
  bank_account_closed: closed,
  bank_account_frozen: blocked,
  bank_account_invalid_details: wrong,
  bank_account_restricted: blocked,
  bank_account_unusable: blocked,
  bank_ownership_changed: mandate,
  branch_does_not_exist: wrong,
  charge_exceeds_source_limit: limit,
  charge_exceeds_transaction_limit: limit,
  charge_exceeds_weekly_limit: limit,
  debit_authorization_not_match: mandate,
  debit_disputed: takenBack,
  debit_not_authorized: mandate,
  debits_not_supported_for_account: blocked,
  generic_could_not_process: technical,
  incorrect_account_holder_address: holder,
  incorrect_account_holder_name: holder,
  incorrect_account_holder_tax_id: holder,
  insufficient_funds: funds,
  internal: technical,
  invalid_account_number: wrong,
  invalid_routing_number: wrong,
  no_account: wrong,
  processing_error: technical,
  recipient_deceased: deceased,
  refer_to_customer: unexplained,
};

/** Codes that say no more than "no"; the bank's own code may say more. */
export const vagueDebitCodes: ReadonlySet<string> = new Set(["generic_could_not_process", "refer_to_customer"]);

/** A numeric code means something else in each scheme. */
type NetworkCodes = Readonly<Record<string, Meaning>>;

const becs: NetworkCodes = {
  "1": wrong,
  "2": mandate,
  "3": closed,
  "4": deceased,
  "5": wrong,
  "6": unexplained,
  "8": technical,
  "9": unexplained,
};

/**
 * By the type of payment method and the raw code of the bank. Of Bacs only the codes that mean the same in its three
 * reports (ADDACS, ARUDD, AUDDIS), since the code does not say which report it is from.
 */
export const debitNetworkCodes: Readonly<Record<string, NetworkCodes>> = {
  sepa_debit: {
    AC01: wrong,
    AC04: closed,
    AC06: blocked,
    AC13: technical,
    AG01: blocked,
    AG02: technical,
    AM04: funds,
    AM05: technical,
    BE05: mandate,
    CNOR: technical,
    DN05: technical,
    DNOR: technical,
    FF01: technical,
    MD01: mandate,
    MD02: mandate,
    MD06: takenBack,
    MD07: deceased,
    MS02: mandate,
    MS03: unexplained,
    RC01: wrong,
    RR01: holder,
    RR02: holder,
    RR03: holder,
    SL01: unexplained,
  },
  us_bank_account: {
    R01: funds,
    R02: closed,
    R03: wrong,
    R04: wrong,
    R05: mandate,
    R07: mandate,
    R08: mandate,
    R09: funds,
    R10: mandate,
    R11: mandate,
    R15: deceased,
    R16: blocked,
    R20: blocked,
    R29: mandate,
    R31: mandate,
  },
  acss_debit: {
    "900": technical,
    "901": funds,
    "902": wrong,
    "903": mandate,
    "905": closed,
    "907": blocked,
    "908": funds,
    "910": deceased,
    "911": blocked,
    "912": wrong,
    "915": mandate,
  },
  au_becs_debit: becs,
  nz_bank_account: becs,
  bacs_debit: { "2": deceased, B: closed },
};

/** A bank's refusal that comes after "paid" is delivered as a dispute with one of these reasons; all others are the payer's. */
export const lateReturnReasons: Readonly<Record<string, Meaning>> = {
  bank_cannot_process: technical,
  incorrect_account_details: wrong,
  insufficient_funds: funds,
};

/** A dispute's reasons that say that there was no permission. */
export const unauthorisedReasons: ReadonlySet<string> = new Set(["debit_not_authorized"]);
