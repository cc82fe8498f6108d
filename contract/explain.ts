/** Where a value on a contact comes from, as `GET /api/explain` and `dunlin explain --json` answer it. */
import { z } from "zod";
import { ruleOrigin } from "./rule-origin.ts";

/** `GET /api/explain`. */
export const explainQuery = z.strictObject({
  /** A Stripe customer id, a contact id, an e-mail or the business's own user id. */
  customer: z.string().trim().min(1).max(255),
  /** With or without the preset's prefix; left out, every attribute is listed. */
  attribute: z.string().trim().min(1).max(255).optional(),
  /** Of which Stripe account, where one id or e-mail means several customers. */
  account: z.string().trim().min(1).max(64).optional(),
  /** How many of the latest writes of the attribute are explained. */
  writes: z.coerce.number().int().min(1).max(100).default(3),
});

const value = z.union([z.string(), z.number(), z.boolean()]).nullable();
const time = z.iso.datetime();

/** Something to know first: it comes before the chain. */
export const explainNotice = z.object({
  kind: z.enum([
    "paused",
    "pending",
    "dead",
    "waiting",
    "left_out",
    "quarantined",
    "archived",
    "gone",
    "ignored",
    "unread",
    "differs",
    "thinned",
  ]),
  text: z.string(),
  remedy: z.string().nullable(),
});

export const explainCustomer = z.object({ account: z.string(), id: z.string(), label: z.string().nullable() });

/** A copy of a Stripe object that a value rests on. */
export const explainObject = z.object({
  account: z.string(),
  kind: z.string(),
  id: z.string(),
  /** Counts up with every change of our copy. */
  revision: z.number().int(),
  asOf: time,
  /** event: the body of an event · fetch: read because an event left a doubt · read: read without an event */
  origin: z.enum(["event", "fetch", "read"]),
  eventId: z.string().nullable(),
  /** It had changed since the write before. Undefined about copies of today. */
  isNew: z.boolean().optional(),
});

export const explainChange = z.object({
  field: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});

/** What Stripe told us, and what it changed in our copy of the object. */
export const explainEvent = z.object({
  account: z.string(),
  id: z.string(),
  type: z.string(),
  objectId: z.string().nullable(),
  createdAt: time,
  receivedAt: time,
  /** By webhook, or fetched from Stripe's list; null for events of earlier versions. */
  came: z.enum(["webhook", "list"]).nullable(),
  state: z.string(),
  changes: z.array(explainChange),
});

/**
 * What set off a write: events: Stripe told us · read: an object was read from the API · linked: it is the first write
 * to the contact · person: another customer of the person counts from then on · mapping: the mapping changed ·
 * rule: a rule set the attribute, or took it back · repair: the contact showed something else than was written last ·
 * unknown: the write is of an earlier version
 */
export const explainCause = z.object({
  kind: z.enum(["events", "read", "linked", "person", "mapping", "rule", "repair", "unknown"]),
  text: z.string(),
});

/** A rule's run set the attribute, or took it back. */
export const explainSetting = ruleOrigin.extend({
  kind: z.enum(["set", "unset"]),
  /** By the clock that rules go by. */
  at: time,
  /** Why the run ended, where that is why it was taken back. */
  why: z.string().nullable(),
});

/** One write that changed the attribute, with everything that it rested on. */
export const explainWrite = z.object({
  id: z.string(),
  at: time,
  kind: z.enum(["create", "update"]),
  lane: z.enum(["urgent", "calm", "backfill"]),
  contactId: z.string(),
  before: value,
  after: value,
  /** Under which Intercom's support finds the call. */
  requestId: z.string().nullable(),
  /** From the moment the first event of this write was stored to Intercom's answer. */
  lagMs: z.number().nullable(),
  /** Preset and version of the mapping, `stripe@1`. */
  mapping: z.string().nullable(),
  cause: explainCause,
  objects: z.array(explainObject),
  /** How many more copies were weighed than are named. */
  others: z.number().int(),
  /** Oldest first. */
  events: z.array(explainEvent),
  /** Events that it rested on and that are no longer stored. */
  eventsGone: z.array(z.string()),
  /** Of an attribute that rules set: what this write carried to Intercom; null when it can no longer be told, and for the mapping's. */
  setting: explainSetting.nullable(),
});

export const explainIdentity = z.object({
  state: z.string(),
  contactId: z.string().nullable(),
  contactUrl: z.string().nullable(),
  matchedBy: z.string().nullable(),
  /** Why this contact, or why none. */
  text: z.string(),
  linkedAt: time.nullable(),
  checkedAt: time.nullable(),
  /** Everybody whose billing the contact shows; who speaks comes first. */
  customers: z.array(explainCustomer.extend({ isPrimary: z.boolean(), isLeader: z.boolean() })),
});

const about = {
  now: time,
  customer: explainCustomer,
  notices: z.array(explainNotice),
  identity: explainIdentity,
};

/** What the mapping, or a rule, asks for now. */
export const explainDesired = z.object({
  value,
  /** Why there is no value; null when there is one. */
  whyEmpty: z.string().nullable(),
  objects: z.array(explainObject),
  others: z.number().int(),
});

/** What Intercom shows as far as we know. */
export const explainShown = z.object({
  value,
  agrees: z.boolean(),
  /** When the contact last accepted a write of ours, whatever it was about. */
  writtenAt: time.nullable(),
  /** When reconcile last compared it and found it right. */
  confirmedAt: time.nullable(),
});

/** The chain of one attribute. */
export const attributeExplanation = z.object({
  ...about,
  attribute: z.object({
    name: z.string(),
    type: z.string(),
    /** Who asks for its value. */
    from: z.enum(["mapping", "rules"]),
    rule: z.string(),
    /** With the version, `stripe@1`; of an attribute that rules set, `rules@3`. */
    mapping: z.string(),
    reads: z.array(z.string()),
  }),
  /** Who set it last, of an attribute that rules set; null for the mapping's, and when it can no longer be told. */
  setting: explainSetting.nullable(),
  desired: explainDesired.nullable(),
  shown: explainShown.nullable(),
  /** Newest first. */
  writes: z.array(explainWrite),
});

/** All attributes, a line each. */
export const customerExplanation = z.object({
  ...about,
  mapping: z.string(),
  attributes: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      from: z.enum(["mapping", "rules"]),
      desired: explainDesired.shape.value,
      shown: explainDesired.shape.value,
      isKnown: z.boolean(),
      changedAt: time.nullable(),
      cause: z.string(),
    }),
  ),
});

export type ExplainQuery = z.output<typeof explainQuery>;
export type ExplainNotice = z.infer<typeof explainNotice>;
export type ExplainCustomer = z.infer<typeof explainCustomer>;
export type ExplainObject = z.infer<typeof explainObject>;
export type ExplainEvent = z.infer<typeof explainEvent>;
export type ExplainCause = z.infer<typeof explainCause>;
export type ExplainSetting = z.infer<typeof explainSetting>;
export type ExplainWrite = z.infer<typeof explainWrite>;
export type ExplainIdentity = z.infer<typeof explainIdentity>;
export type AttributeExplanation = z.infer<typeof attributeExplanation>;
export type CustomerExplanation = z.infer<typeof customerExplanation>;
