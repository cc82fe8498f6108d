/** What can be done in Intercom through the effect ledger, and how the ledger shows it. */
import { z } from "zod";
import { ruleOrigin } from "./rule-origin.ts";

/** Each is one outside effect about one customer; a webhook goes to an address of the business, all others to the contact. Attributes are written by syncing and only shown here. */
export const effectKinds = [
  "note",
  "ticket",
  "conversation",
  "message",
  "tag",
  "untag",
  "data_event",
  "webhook",
] as const;
export const entryKinds = [...effectKinds, "attributes"] as const;

export const effectStates = ["planned", "sent", "unknown", "confirmed", "failed", "withdrawn"] as const;

/**
 * effectively_once: repeating it changes nothing · verified: looked for in Intercom before it is repeated ·
 * at_most_once: looked for, and never repeated · at_least_once: looked for, and repeated when it is not found.
 */
export const effectGuarantees = ["effectively_once", "verified", "at_most_once", "at_least_once"] as const;

/** How much a conversation matters, as Intercom ranks it; none takes the priority away. */
export const conversationPriorities = ["none", "low", "medium", "high", "urgent"] as const;

const text = z.string().trim().min(1).max(50_000);
const line = z.string().trim().min(1).max(255);
/** Ids of teammates, teams, ticket types and conversations are digits. */
const digits = z.string().regex(/^\d{1,20}$/, "an id of Intercom's is digits");
/** The teammate in whose name it is done; without one, the owner of the access token. */
const adminId = digits.optional();

/** For whom, how soon, and under which name of the caller's. */
const envelope = {
  key: z
    .string()
    .regex(
      /^(?!moment:|rule:)[\w.:/-]{1,200}$/,
      "1 to 200 letters, digits and . _ : / -; what begins with moment: or rule: is Dunlin's own",
    ),
  account: z.string().min(1).max(64).default("main"),
  customerId: z.string().min(1).max(255),
  lane: z.enum(["urgent", "calm", "backfill"]).default("calm"),
};

const note = { kind: z.literal("note"), text, adminId };

const ticket = {
  kind: z.literal("ticket"),
  ticketTypeId: digits,
  title: line,
  description: text.optional(),
  /** By the names of the ticket type's attributes. */
  attributes: z.record(line, z.union([z.string(), z.number(), z.boolean()])).optional(),
  assignedAdminId: digits.optional(),
  assignedTeamId: digits.optional(),
};

const conversation = { kind: z.literal("conversation") };
const inConversation = { ...conversation, conversationId: digits, adminId };

/** Opened in the contact's name, as only then it lands in the inbox as theirs. */
const openConversation = { ...conversation, action: z.literal("open"), text };
const comment = { ...inConversation, action: z.literal("comment"), text };
const conversationNote = { ...inConversation, action: z.literal("note"), text };
const assign = {
  ...inConversation,
  action: z.literal("assign"),
  assignee: z.strictObject({ type: z.enum(["admin", "team"]), id: digits }),
};
/** Only version Preview of Intercom's API takes it (docs/adr/0027-preview-for-one-call.md). */
const prioritise = {
  ...inConversation,
  action: z.literal("prioritise"),
  priority: z.enum(conversationPriorities),
};
const close = { ...inConversation, action: z.literal("close") };

const message = {
  kind: z.literal("message"),
  text,
  adminId,
  guarantee: z.enum(["at_most_once", "at_least_once"]).default("at_most_once"),
};
const chat = { ...message, channel: z.literal("inapp") };
const email = {
  ...message,
  channel: z.literal("email"),
  subject: line,
  template: z.enum(["plain", "personal"]).default("plain"),
};

const tag = { kind: z.literal("tag"), tag: line };
const untag = { kind: z.literal("untag"), tag: line };

const metadataValue = z.union([
  z.string().max(255),
  z.number(),
  z.boolean(),
  z.strictObject({ amount: z.number().int().nonnegative(), currency: z.string().regex(/^[a-z]{3}$/i) }),
  z.strictObject({ url: z.url(), value: z.string().min(1).max(255) }),
]);

const dataEvent = {
  kind: z.literal("data_event"),
  name: line,
  /** Unix seconds. */
  occurredAtS: z.number().int().positive(),
  /** Intercom keeps ten keys. */
  metadata: z
    .record(line, metadataValue)
    .refine((values) => Object.keys(values).length <= 10, "Intercom keeps at most ten keys")
    .optional(),
};

/** `POST /api/effects`. */
export const effectRequest = z.discriminatedUnion("kind", [
  z.strictObject({ ...envelope, ...note }),
  z.strictObject({ ...envelope, ...ticket }),
  z.discriminatedUnion("action", [
    z.strictObject({ ...envelope, ...openConversation }),
    z.strictObject({ ...envelope, ...comment }),
    z.strictObject({ ...envelope, ...conversationNote }),
    z.strictObject({ ...envelope, ...assign }),
    z.strictObject({ ...envelope, ...prioritise }),
    z.strictObject({ ...envelope, ...close }),
  ]),
  z.discriminatedUnion("channel", [
    z.strictObject({ ...envelope, ...chat }),
    z.strictObject({ ...envelope, ...email }),
  ]),
  z.strictObject({ ...envelope, ...tag }),
  z.strictObject({ ...envelope, ...untag }),
  z.strictObject({ ...envelope, ...dataEvent }),
]);

/** Only rules call addresses of the business. */
export const webhookEffect = z.strictObject({
  kind: z.literal("webhook"),
  url: z.url(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

/** `GET /api/effects`. */
export const effectQuery = z.strictObject({
  account: z.string().optional(),
  customer: z.string().optional(),
  state: z.enum(effectStates).optional(),
  kind: z.enum(entryKinds).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** `next` of the page before. */
  before: z
    .string()
    .regex(/^\d{1,18}\.\d{1,18}$/)
    .optional(),
});

/** One line of the ledger. */
export const effectEntry = z.object({
  /** `eff_…`, or `write_…` for attributes. */
  id: z.string(),
  account: z.string(),
  key: z.string(),
  kind: z.enum(entryKinds),
  customerId: z.string(),
  /** The contact that it was last sent to. */
  contactId: z.string().nullable(),
  lane: z.enum(["urgent", "calm", "backfill"]),
  guarantee: z.enum(effectGuarantees),
  state: z.enum(effectStates),
  plannedAt: z.iso.datetime(),
  sentAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  /** answer: Intercom said so · look: it was found there · person: somebody decided. */
  endedHow: z.enum(["answer", "look", "person"]).nullable(),
  /** How often it was sent. */
  attempt: z.number().int(),
  /** What it became in Intercom. */
  objectId: z.string().nullable(),
  conversationId: z.string().nullable(),
  /** Intercom's name of the call, for its support. */
  requestId: z.string().nullable(),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

/** With what was asked for. */
export const effectDetails = effectEntry.extend({ effect: z.record(z.string(), z.unknown()) });

/** `GET /api/effects/{id}`: with the rule's run that asked for it; null when none did, or when the run is no longer kept. */
export const shownEffect = effectDetails.extend({ rule: ruleOrigin.nullable() });

export const effectPage = z.object({ effects: z.array(effectEntry), next: z.string().nullable() });

export type ConversationPriority = (typeof conversationPriorities)[number];
export type EffectKind = (typeof effectKinds)[number];
export type EffectState = (typeof effectStates)[number];
export type EffectGuarantee = (typeof effectGuarantees)[number];
export type EffectRequest = z.output<typeof effectRequest>;
export type WebhookEffect = z.output<typeof webhookEffect>;
export type EffectQuery = z.output<typeof effectQuery>;
export type EffectEntry = z.output<typeof effectEntry>;
export type EffectDetails = z.output<typeof effectDetails>;
export type ShownEffect = z.output<typeof shownEffect>;
export type EffectPage = z.output<typeof effectPage>;
