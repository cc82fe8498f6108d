/** Configurations of and sessions in the customer portal. */
import type { Metadata } from "./shared.ts";

export type PortalConfiguration = {
  readonly id: string;
  readonly object: "billing_portal.configuration";
  readonly active: boolean;
  readonly application: null;
  readonly business_profile: {
    readonly headline: string | null;
    readonly privacy_policy_url: string | null;
    readonly terms_of_service_url: string | null;
  };
  readonly created: number;
  readonly default_return_url: string | null;
  readonly features: object;
  readonly is_default: boolean;
  readonly livemode: false;
  readonly login_page: { readonly enabled: boolean; readonly url: string | null };
  readonly metadata: Metadata;
  readonly name: string | null;
  readonly updated: number;
};

export type PortalSession = {
  readonly id: string;
  readonly object: "billing_portal.session";
  readonly configuration: string;
  readonly created: number;
  readonly customer: string;
  readonly customer_account: null;
  readonly flow: object | null;
  readonly livemode: false;
  readonly locale: string | null;
  readonly on_behalf_of: null;
  readonly return_url: string | null;
  readonly url: string;
};
