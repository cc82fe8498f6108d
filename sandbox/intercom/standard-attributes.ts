/** The attributes that every workspace has from the start. */
import type { AttributeModel, AttributeType } from "./rows.ts";

type Line = readonly [fullName: string, label: string, type: AttributeType, writable: boolean];

const contactLines: readonly Line[] = [
  ["id", "Intercom ID", "string", false],
  ["role", "Type", "string", true],
  ["external_id", "User ID", "string", true],
  ["email", "Email", "string", true],
  ["phone", "Phone", "string", true],
  ["name", "Name", "string", true],
  ["avatar", "Avatar", "string", true],
  ["owner_id", "Owner", "string", true],
  ["created_at", "First seen", "date", false],
  ["signed_up_at", "Signed up", "date", true],
  ["updated_at", "Updated at", "date", false],
  ["last_seen_at", "Last seen", "date", true],
  ["last_contacted_at", "Last contacted", "date", false],
  ["last_replied_at", "Last heard from", "date", false],
  ["last_email_opened_at", "Last opened email", "date", false],
  ["last_email_clicked_at", "Last clicked on link in email", "date", false],
  ["language_override", "Language override", "string", true],
  ["browser", "Browser", "string", false],
  ["os", "OS", "string", false],
  ["location.country", "Country", "string", false],
  ["location.region", "Region", "string", false],
  ["location.city", "City", "string", false],
  ["unsubscribed_from_emails", "Unsubscribed from Emails", "boolean", true],
  ["marked_email_as_spam", "Marked email as spam", "boolean", false],
  ["has_hard_bounced", "Has hard bounced", "boolean", false],
];

const companyLines: readonly Line[] = [
  ["id", "ID", "string", false],
  ["name", "Company name", "string", true],
  ["company_id", "Company ID", "string", false],
  ["last_request_at", "Company last seen", "date", false],
  ["remote_created_at", "Company created at", "date", true],
  ["user_count", "People", "integer", false],
  ["session_count", "Company web sessions", "integer", false],
  ["plan.name", "Plan", "string", false],
  ["plan.id", "Plan ID", "string", false],
  ["monthly_spend", "Monthly Spend", "float", true],
  ["size", "Company size", "integer", true],
  ["industry", "Company industry", "string", true],
  ["website", "Company website", "string", true],
  ["created_at", "Created at", "date", false],
  ["updated_at", "Updated at", "date", false],
  ["app_id", "App ID", "string", false],
];

/** Standard attributes as `GET /data_attributes` shows them; they have no id. */
export const standardAttributes: Readonly<Record<AttributeModel, readonly object[]>> = {
  contact: contactLines.map((line) => view("contact", line)),
  company: companyLines.map((line) => view("company", line)),
};

/** Names that a custom attribute of the model cannot have. */
export const standardNames: Readonly<Record<AttributeModel, ReadonlySet<string>>> = {
  contact: new Set(contactLines.map(([fullName]) => fullName)),
  company: new Set(companyLines.map(([fullName]) => fullName)),
};

function view(model: AttributeModel, [fullName, label, type, writable]: Line) {
  return {
    type: "data_attribute",
    name: fullName.split(".").at(-1),
    full_name: fullName,
    label,
    description: label,
    data_type: type,
    api_writable: writable,
    ui_writable: false,
    messenger_writable: true,
    custom: false,
    archived: false,
    model,
  };
}
