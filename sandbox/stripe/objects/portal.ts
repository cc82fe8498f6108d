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

/** What a session is for; without one it is the portal's front page. */
export type PortalFlow = {
  readonly after_completion: {
    readonly hosted_confirmation: { readonly custom_message: string | null } | null;
    readonly redirect: { readonly return_url: string } | null;
    readonly type: "hosted_confirmation" | "portal_homepage" | "redirect";
  };
  readonly customer_update: object | null;
  readonly subscription_cancel: object | null;
  readonly subscription_pause: object | null;
  readonly subscription_update: object | null;
  readonly subscription_update_confirm: {
    readonly discounts: unknown;
    readonly items: readonly {
      readonly id: string;
      readonly price?: string | undefined;
      readonly quantity?: number | undefined;
    }[];
    readonly subscription: string;
  } | null;
  readonly type: string;
};

export type PortalSession = {
  readonly id: string;
  readonly object: "billing_portal.session";
  readonly configuration: string;
  readonly created: number;
  readonly customer: string;
  readonly customer_account: null;
  readonly flow: PortalFlow | null;
  readonly livemode: false;
  readonly locale: string | null;
  readonly on_behalf_of: null;
  readonly return_url: string | null;
  readonly url: string;
};
