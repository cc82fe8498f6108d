/** The workspace that all resources share: its collections, its people, its knobs and its voice (webhooks). */
import type { Collection, Kernel } from "../kernel/types.ts";
import { createContactBook, type ContactBook } from "./contact-book.ts";
import { openEventJournal, type EventJournal } from "./event-journal.ts";
import { createIds, type Ids } from "./ids.ts";
import { createIndexLag, type IndexLag } from "./index-lag.ts";
import type { Scope } from "./route.ts";
import type {
  Admin,
  Company,
  Conversation,
  ConversationAttribute,
  DataAttribute,
  DataConnector,
  DataEvent,
  Message,
  Note,
  Tag,
  Team,
  Ticket,
  TicketState,
  TicketType,
} from "./rows.ts";
import { notify } from "./webhooks.ts";

export type IntercomOptions = {
  readonly clientSecret: string;
  readonly token: string;
  /** "US", "EU" or "AU". */
  readonly region: string;
  readonly searchLagMs?: number;
  readonly limitPerSlice?: number;
  /** IANA name; decides where a day begins in searches. By default it follows the region. */
  readonly timezone?: string;
  /** Real time, which rate limits follow even when the sandbox's clock is moved. */
  readonly wallNowMs?: () => number;
};

/** What can be changed from outside while the sandbox runs. */
export type Settings = {
  searchLagMs: number;
  limitPerSlice: number;
  unauthorized: boolean;
  webhookUrl: string | null;
  webhookTopics: ReadonlySet<string> | null;
  /** Whether the workspace has the version Preview of the API. */
  preview: boolean;
  readonly revokedScopes: Set<Scope>;
};

export type Tables = {
  readonly admins: Collection<Admin>;
  readonly teams: Collection<Team>;
  readonly attributes: Collection<DataAttribute>;
  readonly tags: Collection<Tag>;
  readonly notes: Collection<Note>;
  readonly events: Collection<DataEvent>;
  readonly companies: Collection<Company>;
  readonly messages: Collection<Message>;
  readonly conversations: Collection<Conversation>;
  readonly conversationAttributes: Collection<ConversationAttribute>;
  readonly tickets: Collection<Ticket>;
  readonly ticketTypes: Collection<TicketType>;
  readonly ticketStates: Collection<TicketState>;
  readonly connectors: Collection<DataConnector>;
};

export type Workspace = {
  readonly appId: string;
  readonly name: string;
  readonly region: string;
  readonly timezone: string;
  readonly settings: Settings;
  readonly ids: Ids;
  readonly people: ContactBook;
  readonly journal: EventJournal;
  /** What the searches for conversations and for tickets do not show yet. */
  readonly unindexed: { readonly conversations: IndexLag; readonly tickets: IndexLag };
  readonly tables: Tables;
  /** From the caller's own company id to Intercom's. */
  readonly companyIds: Map<string, string>;
  nowS(): number;
  /** Sends a webhook when somebody listens to the topic. */
  notify(topic: string, item: () => unknown): void;
};

const timezones: Readonly<Record<string, string>> = {
  US: "America/New_York",
  EU: "Europe/Dublin",
  AU: "Australia/Sydney",
};

/** Opens the workspace on the kernel's store. */
export function openWorkspace(kernel: Kernel, options: IntercomOptions): Workspace {
  const settings: Settings = {
    searchLagMs: options.searchLagMs ?? 0,
    limitPerSlice: options.limitPerSlice ?? 1666,
    unauthorized: false,
    webhookUrl: null,
    webhookTopics: null,
    preview: true,
    revokedScopes: new Set(),
  };
  const tables = openTables(kernel);
  const appId = "dl1sandbox";
  const sender = {
    kernel,
    appId,
    clientSecret: options.clientSecret,
    subscription: () => ({ url: settings.webhookUrl, topics: settings.webhookTopics }),
  };
  return {
    appId,
    name: "Sandbox workspace",
    region: options.region,
    timezone: options.timezone ?? timezones[options.region] ?? "UTC",
    settings,
    ids: createIds(kernel),
    people: createContactBook(kernel, () => settings.searchLagMs),
    journal: openEventJournal(tables.events),
    unindexed: {
      conversations: createIndexLag(kernel.clock, () => settings.searchLagMs),
      tickets: createIndexLag(kernel.clock, () => settings.searchLagMs),
    },
    tables,
    companyIds: new Map(tables.companies.all().map((company) => [company.company_id, company.id])),
    nowS: () => kernel.clock.nowS(),
    notify: (topic, item) => notify(sender, topic, item),
  };
}

function openTables(kernel: Kernel): Tables {
  const { store } = kernel;
  return {
    admins: store.collection<Admin>("intercom_admins"),
    teams: store.collection<Team>("intercom_teams"),
    attributes: store.collection<DataAttribute>("intercom_data_attributes"),
    tags: store.collection<Tag>("intercom_tags"),
    notes: store.collection<Note>("intercom_notes"),
    events: store.collection<DataEvent>("intercom_events"),
    companies: store.collection<Company>("intercom_companies"),
    messages: store.collection<Message>("intercom_messages"),
    conversations: store.collection<Conversation>("intercom_conversations"),
    conversationAttributes: store.collection<ConversationAttribute>("intercom_conversation_attributes"),
    tickets: store.collection<Ticket>("intercom_tickets"),
    ticketTypes: store.collection<TicketType>("intercom_ticket_types"),
    ticketStates: store.collection<TicketState>("intercom_ticket_states"),
    connectors: store.collection<DataConnector>("intercom_data_connectors"),
  };
}
