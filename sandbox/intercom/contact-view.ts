/** Contacts as the API shows them. */
import type { Contact } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

/** Embedded lists hold at most this many entries; the rest is behind their URL. */
const embeddedMax = 10;

/** What the sandbox knows nothing about and Intercom shows as `null`. */
const unknowns = {
  last_email_opened_at: null,
  last_email_clicked_at: null,
  browser: null,
  browser_version: null,
  browser_language: null,
  os: null,
  android_app_name: null,
  android_app_version: null,
  android_device: null,
  android_os_version: null,
  android_sdk_version: null,
  android_last_seen_at: null,
  ios_app_name: null,
  ios_app_version: null,
  ios_device: null,
  ios_os_version: null,
  ios_sdk_version: null,
  ios_last_seen_at: null,
  utm_campaign: null,
  utm_content: null,
  utm_medium: null,
  utm_source: null,
  utm_term: null,
  referrer: null,
  enabled_push_messaging: null,
} as const;

const nowhere = {
  type: "location",
  country: null,
  region: null,
  city: null,
  country_code: null,
  continent_code: null,
} as const;

/** The whole contact. Only an address that was vouched for carries `email_verified`. */
export function contactView(workspace: Workspace, contact: Contact) {
  return {
    type: "contact" as const,
    id: contact.id,
    workspace_id: workspace.appId,
    external_id: contact.external_id,
    role: contact.role,
    email: contact.email,
    ...(contact.email === null ? {} : { email_domain: contact.email.slice(contact.email.indexOf("@") + 1) }),
    ...(contact.email_verified === null ? {} : { email_verified: contact.email_verified }),
    phone: contact.phone,
    formatted_phone: contact.phone,
    name: contact.name,
    avatar: contact.avatar === null ? null : { type: "avatar", image_url: contact.avatar },
    owner_id: contact.owner_id,
    social_profiles: { type: "list", data: [] },
    has_hard_bounced: false,
    marked_email_as_spam: false,
    unsubscribed_from_emails: contact.unsubscribed_from_emails,
    created_at: contact.created_at,
    updated_at: contact.updated_at,
    signed_up_at: contact.signed_up_at,
    last_seen_at: contact.last_seen_at,
    last_replied_at: contact.last_replied_at,
    last_contacted_at: contact.last_contacted_at,
    language_override: contact.language_override,
    ...unknowns,
    location: nowhere,
    custom_attributes: contact.custom_attributes,
    ...embeddedLists(contact),
  };
}

export type ContactView = ReturnType<typeof contactView>;

/** The short form that archive, block, delete and other objects use. */
export function contactReference(contact: Pick<Contact, "id" | "external_id">) {
  return { type: "contact" as const, id: contact.id, external_id: contact.external_id };
}

function embeddedLists(contact: Contact) {
  const base = `/contacts/${contact.id}`;
  const consent = (type: string) =>
    contact.subscriptions.filter((choice) => choice.consent_type === type).map((choice) => choice.id);
  return {
    tags: embed(
      "tag",
      contact.tags.map((tag) => tag.id),
      `${base}/tags`,
    ),
    notes: embed("note", contact.note_ids, `${base}/notes`),
    companies: embed("company", contact.company_ids, `${base}/companies`),
    opted_out_subscription_types: embed("subscription", consent("opt_out"), `${base}/subscriptions`),
    opted_in_subscription_types: embed("subscription", consent("opt_in"), `${base}/subscriptions`),
  };
}

const plurals = { tag: "tags", note: "notes", company: "companies", subscription: "subscription_types" } as const;

function embed(type: keyof typeof plurals, ids: readonly string[], url: string) {
  return {
    type: "list",
    data: ids.slice(0, embeddedMax).map((id) => ({ id, type, url: `/${plurals[type]}/${id}` })),
    url,
    total_count: ids.length,
    has_more: ids.length > embeddedMax,
  };
}
