/** The account itself. */
import { z } from "zod";
import { route } from "../api/routing.ts";
import { ACCOUNT_ID } from "../objects/shared.ts";

const CREATED = 1_640_995_200;

const ACCOUNT = {
  id: ACCOUNT_ID,
  object: "account",
  business_profile: {
    mcc: "5734",
    minority_owned_business_designation: null,
    name: "Lapwing Analytics",
    product_description: null,
    specified_commercial_transactions_act_url: null,
    support_address: null,
    support_email: "help@lapwing.example",
    support_phone: null,
    support_url: null,
    url: "https://lapwing.example",
  },
  business_type: "company",
  capabilities: { card_payments: "active", sepa_debit_payments: "active", transfers: "active" },
  charges_enabled: true,
  controller: { type: "account" },
  country: "DE",
  created: CREATED,
  default_currency: "eur",
  details_submitted: true,
  email: "owner@lapwing.example",
  external_accounts: { object: "list", data: [], has_more: false, url: `/v1/accounts/${ACCOUNT_ID}/external_accounts` },
  metadata: {},
  payouts_enabled: true,
  settings: {
    branding: { icon: null, logo: null, primary_color: null, secondary_color: null },
    card_payments: { decline_on: { avs_failure: false, cvc_failure: false }, statement_descriptor_prefix: null },
    dashboard: { display_name: "Lapwing Analytics", timezone: "Europe/Berlin" },
    payments: {
      statement_descriptor: "LAPWING ANALYTICS",
      statement_descriptor_kana: null,
      statement_descriptor_kanji: null,
    },
    sepa_debit_payments: { creditor_id: "DE98ZZZ09999999999" },
  },
  type: "standard",
};

export const accountRoutes = ["/v1/account", `/v1/accounts/${ACCOUNT_ID}`].map((path) =>
  route({ method: "GET", path, permission: "connected_account", params: z.strictObject({}), run: () => ACCOUNT }),
);
