/** What the sandbox's Intercom remembers, one plain JSON shape per collection; field names are Intercom's own. */

export type AttributeValue = string | number | boolean;
export type AttributeValues = Readonly<Record<string, AttributeValue>>;

export type AppliedTag = {
  readonly id: string;
  readonly applied_at: number;
  readonly applied_by: { readonly type: "admin" | "contact"; readonly id: string };
};

export type ContactRole = "user" | "lead";

/** `blocked` is archived for good; `merged` is gone and points to the contact that took it in. */
export type ContactState = "live" | "archived" | "blocked" | "merged";

export type Contact = {
  readonly id: string;
  /** Position in lists: contacts are listed in the order they came in. */
  readonly seq: number;
  readonly state: ContactState;
  readonly merged_into: string | null;
  readonly merged_at: number | null;
  readonly role: ContactRole;
  readonly external_id: string | null;
  readonly email: string | null;
  readonly email_verified: boolean | null;
  readonly phone: string | null;
  readonly name: string | null;
  readonly avatar: string | null;
  readonly owner_id: string | null;
  readonly unsubscribed_from_emails: boolean;
  readonly language_override: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly signed_up_at: number | null;
  readonly last_seen_at: number | null;
  readonly last_replied_at: number | null;
  readonly last_contacted_at: number | null;
  readonly custom_attributes: AttributeValues;
  readonly tags: readonly AppliedTag[];
  readonly note_ids: readonly string[];
  readonly company_ids: readonly string[];
  readonly subscriptions: readonly { readonly id: string; readonly consent_type: "opt_in" | "opt_out" }[];
};

/** Keeps a permanently deleted person's identifiers locked for a while. */
export type DeletedContact = {
  readonly id: string;
  readonly role: ContactRole;
  readonly external_id: string | null;
  readonly email: string | null;
  readonly deleted_at: number;
};

export type Admin = {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly job_title: string;
  readonly has_inbox_seat: boolean;
  readonly team_ids: readonly number[];
};

export type Team = { readonly id: string; readonly name: string; readonly admin_ids: readonly number[] };

export type AttributeModel = "contact" | "company";
export type AttributeType = "string" | "integer" | "float" | "boolean" | "date";

export type DataAttribute = {
  /** Model and name, which is how values find their definition; the API's id is the number. */
  readonly id: string;
  readonly number: number;
  readonly model: AttributeModel;
  readonly name: string;
  readonly description: string | null;
  readonly data_type: AttributeType;
  /** Only lists of values have options; they read back as strings. */
  readonly options: readonly string[] | null;
  readonly messenger_writable: boolean;
  readonly archived: boolean;
  readonly admin_id: string;
  readonly created_at: number;
  readonly updated_at: number;
};

export type Tag = { readonly id: string; readonly name: string };

export type Note = {
  readonly id: string;
  readonly contact_id: string | null;
  readonly company_id: string | null;
  readonly author_id: string;
  readonly body: string;
  readonly created_at: number;
};

/** The row's id is the de-duplication key, so that a repeated event finds itself. */
export type DataEvent = {
  readonly id: string;
  readonly event_id: string;
  readonly contact_id: string;
  readonly event_name: string;
  readonly created_at: number;
  readonly metadata: Readonly<Record<string, unknown>>;
};

export type Company = {
  readonly id: string;
  readonly company_id: string;
  readonly name: string | null;
  readonly plan: string | null;
  readonly size: number | null;
  readonly website: string | null;
  readonly industry: string | null;
  readonly monthly_spend: number;
  readonly remote_created_at: number | null;
  readonly last_request_at: number | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly custom_attributes: AttributeValues;
  readonly contact_ids: readonly string[];
  readonly tag_ids: readonly string[];
  readonly note_ids: readonly string[];
};

/** Something a teammate sent. It has no conversation until the person answers, unless that was asked for. */
export type Message = {
  readonly id: string;
  readonly contact_id: string;
  readonly admin_id: string;
  readonly message_type: "inapp" | "email";
  readonly subject: string;
  readonly body: string;
  readonly created_at: number;
  readonly conversation_id: string | null;
};

export type Author = {
  readonly type: "admin" | "bot" | "user" | "lead" | "team";
  readonly id: string;
  readonly name: string | null;
  readonly email: string | null;
};

export type ConversationState = "open" | "closed" | "snoozed";

export type ConversationPriority = "none" | "low" | "medium" | "high" | "urgent";

export type ConversationPart = {
  readonly id: string;
  readonly part_type: string;
  readonly body: string | null;
  readonly created_at: number;
  readonly author: Author;
  readonly assigned_to: { readonly type: "admin" | "team"; readonly id: string } | null;
  /** What a part without words says; left out for others. */
  readonly event_details?: Readonly<Record<string, string>>;
};

export type Conversation = {
  readonly id: string;
  readonly contact_id: string;
  readonly title: string | null;
  readonly state: ConversationState;
  /** Left out while nobody has set one, which counts as none. */
  readonly priority?: ConversationPriority;
  readonly read: boolean;
  readonly created_at: number;
  readonly updated_at: number;
  readonly waiting_since: number | null;
  readonly snoozed_until: number | null;
  readonly admin_assignee_id: number;
  readonly team_assignee_id: number;
  readonly company_id: string | null;
  readonly custom_attributes: Readonly<Record<string, AttributeValue | null>>;
  readonly tags: readonly AppliedTag[];
  readonly source: {
    readonly id: string;
    readonly type: "conversation" | "email";
    readonly delivered_as: "customer_initiated" | "admin_initiated";
    readonly subject: string;
    readonly body: string;
    readonly author: Author;
  };
  readonly first_contact_reply_at: number | null;
  readonly parts: readonly ConversationPart[];
};

export type ConversationAttribute = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly data_type: "string" | "integer" | "list" | "decimal" | "boolean" | "datetime" | "relationship" | "files";
  readonly required: boolean;
  readonly visible_to_team_ids: readonly string[];
  readonly multiline: boolean;
  readonly options: readonly { readonly id: string; readonly label: string; readonly archived: boolean }[];
  readonly reference: { readonly type: "one" | "many"; readonly object_type_id: string | null } | null;
  readonly archived: boolean;
  readonly admin_id: string;
  readonly created_at: number;
  readonly updated_at: number;
};

export type TicketCategory = "Customer" | "Back-office" | "Tracker";
export type TicketStateCategory = "submitted" | "in_progress" | "waiting_on_customer" | "resolved";

export type TicketState = {
  readonly id: string;
  readonly category: TicketStateCategory;
  readonly internal_label: string;
  readonly external_label: string;
};

export type TicketAttribute = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly data_type: "string" | "list" | "integer" | "decimal" | "boolean" | "datetime" | "files";
  readonly required_to_create: boolean;
  readonly visible_to_contacts: boolean;
  readonly list_items: readonly string[];
  readonly multiline: boolean;
  readonly default: boolean;
  readonly created_at: number;
};

export type TicketType = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly icon: string;
  readonly category: TicketCategory;
  readonly is_internal: boolean;
  readonly attributes: readonly TicketAttribute[];
  readonly created_at: number;
  readonly updated_at: number;
};

export type TicketPart = {
  readonly id: string;
  readonly part_type: string;
  readonly body: string | null;
  readonly created_at: number;
  readonly author: Author;
  readonly ticket_state: TicketStateCategory | null;
  readonly previous_ticket_state: TicketStateCategory | null;
};

export type Ticket = {
  readonly id: string;
  /** The number people see; calls use `id`. */
  readonly ticket_id: string;
  readonly ticket_type_id: string;
  readonly ticket_state_id: string;
  readonly contact_id: string;
  readonly ticket_attributes: Readonly<Record<string, unknown>>;
  readonly open: boolean;
  readonly is_shared: boolean;
  readonly snoozed_until: number | null;
  readonly admin_assignee_id: number;
  readonly team_assignee_id: number;
  readonly company_id: string | null;
  readonly conversation_id: string | null;
  readonly tags: readonly AppliedTag[];
  readonly parts: readonly TicketPart[];
  readonly created_at: number;
  readonly updated_at: number;
};

export type DataConnector = {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly state: "draft" | "live";
  readonly http_method: "get" | "post" | "put" | "delete" | "patch";
  readonly url: string | null;
  readonly body: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  readonly data_inputs: readonly {
    readonly name: string;
    readonly type: "string" | "integer" | "decimal" | "boolean";
    readonly description: string;
    readonly required: boolean;
    readonly default_value: string;
  }[];
  readonly audiences: readonly ("leads" | "users" | "visitors")[];
  readonly direct_fin_usage: boolean;
  readonly customer_authentication: boolean;
  readonly bypass_authentication: boolean;
  readonly validate_missing_attributes: boolean;
  readonly mock_response: Readonly<Record<string, unknown>> | null;
  readonly token_ids: readonly string[];
  readonly admin_id: string;
  readonly created_at: number;
  readonly updated_at: number;
};
