/** Rules: from a billing moment to the right message, note, ticket or route, as a document that people keep in git or edit on the page. */
import { z } from "zod";
import { conversationPriorities } from "./effect.ts";

/** draft: only tried · shadow: judges live events and records what it would have done · live · paused. */
export const ruleModes = ["draft", "shadow", "live", "paused"] as const;

/** The languages that texts are written in. */
export const ruleLanguages = ["en", "de"] as const;

const ruleName = z.string().regex(/^[a-z][a-z0-9-]{0,59}$/, "small letters, digits and -, a letter first; at most 60");
const textName = z.string().regex(/^[a-z][a-z0-9-]{0,79}$/, "small letters, digits and -, a letter first; at most 80");
const sentence = z.string().trim().min(1).max(255);
const cel = z.string().trim().min(1).max(2_000);
const share = z.number().min(0).max(100);
/** Ids of teammates, teams, ticket types and conversations are digits. */
const digits = z.string().regex(/^\d{1,20}$/, "an id of Intercom's is digits");
const attributeName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_ -]{0,79}$/, "a letter first, then letters, digits, _ - or blanks; at most 80 in all");
/** Unlike hours and days, business days leave out weekends and the holidays of the bank calendar (TARGET2). */
export const ruleDuration = z
  .string()
  .regex(
    /^[1-9]\d{0,3} (minutes?|hours?|days?|weeks?|business days?)$/,
    "a number and a unit, such as 30 minutes, 2 days, 5 business days",
  );
const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "hours and minutes, such as 08:00");
const timeZone = z.string().min(1).max(60);

/** A value that is written down, or worked out from facts. */
const ruleValue = z.union([z.string().max(255), z.number(), z.boolean(), z.strictObject({ cel })]);

/** What makes a rule look at a customer. Exactly one of them. */
export const ruleTrigger = z.union([
  /** Something happened, by its name in docs/reference/data-events.md. */
  z.strictObject({ moment: z.string().min(1).max(60) }),
  /** An event of Stripe's, by its type, for what is no moment. */
  z.strictObject({ stripe: z.string().regex(/^[a-z_]+(\.[a-z_]+)+$/, "a type such as checkout.session.completed") }),
  /** An expression about the profile was false, or not known, and is true. */
  z.strictObject({ becomes: cel }),
  /** So long before or after a date of the profile; `at` is the customer's clock time, for dates that have none of their own. */
  z.strictObject({
    date: z.string().min(1).max(80),
    before: ruleDuration.optional(),
    after: ruleDuration.optional(),
    /** Again each year. */
    yearly: z.boolean().default(false),
    at: clockTime.optional(),
  }),
  /** Something happened in Intercom. */
  z.strictObject({
    signal: z.enum(["replied", "conversation_opened", "conversation_closed", "unsubscribed", "tagged", "untagged"]),
    /** With tagged and untagged. */
    tag: sentence.optional(),
  }),
  /** Somebody asks for it. */
  z.strictObject({ manual: z.literal(true) }),
]);

const about = { id: textName.optional() };

const setStep = z.strictObject({
  ...about,
  set: z.strictObject({
    attribute: attributeName,
    type: z.enum(["string", "integer", "float", "boolean", "date"]),
    value: ruleValue,
  }),
});
const tagStep = z.strictObject({ ...about, tag: sentence });
const untagStep = z.strictObject({ ...about, untag: sentence });
const messageStep = z.strictObject({
  ...about,
  message: z.strictObject({
    channel: z.enum(["chat", "email"]),
    /** By name from `texts`. */
    text: textName,
    /** The teammate in whose name; without one, the owner of the access token. */
    from: digits.optional(),
    /** A language model phrases it from the text's facts; the text itself is what is sent when it cannot. */
    draft: z
      .strictObject({ instruction: z.string().trim().min(1).max(2_000), approval: z.boolean().default(true) })
      .optional(),
  }),
});
const conversationStep = z.strictObject({ ...about, conversation: z.strictObject({ text: textName }) });
const noteStep = z.strictObject({ ...about, note: z.strictObject({ text: textName, from: digits.optional() }) });
/** The conversation of the run, or else the customer's latest open one; nothing where there is none. */
const assignStep = z.strictObject({
  ...about,
  assign: z.union([z.strictObject({ team: digits }), z.strictObject({ teammate: digits })]),
});
/** Of the conversation that `assign` would take; only version Preview of Intercom's API sets it, so a workspace may refuse. */
const priorityStep = z.strictObject({ ...about, priority: z.enum(conversationPriorities) });
const ticketStep = z.strictObject({
  ...about,
  ticket: z.strictObject({
    type: digits,
    title: textName,
    description: textName.optional(),
    attributes: z.record(sentence, ruleValue).default({}),
    team: digits.optional(),
    teammate: digits.optional(),
  }),
});
const dataEventStep = z.strictObject({
  ...about,
  dataEvent: z.strictObject({ name: sentence, metadata: z.record(sentence, ruleValue).default({}) }),
});
/** Signed as docs/reference/rules.md says; only to addresses on the public internet. */
const webhookStep = z.strictObject({
  ...about,
  webhook: z.strictObject({ url: z.url({ protocol: /^https?$/ }), facts: z.record(sentence, ruleValue).default({}) }),
});
/** Ends after `for`, or `until` a date of the profile; before that with a reply, or once `orUntil` is true. */
const waitStep = z.strictObject({
  ...about,
  wait: z.strictObject({
    for: ruleDuration.optional(),
    until: z
      .strictObject({
        date: z.string().min(1).max(80),
        before: ruleDuration.optional(),
        after: ruleDuration.optional(),
      })
      .optional(),
    orReply: z.boolean().default(false),
    orUntil: cel.optional(),
  }),
});
const stopStep = z.strictObject({ ...about, stop: sentence });
/** Tags and attributes that this run has set are taken back. */
const undoStep = z.strictObject({ ...about, undo: z.literal(true) });

type LeafStep =
  | z.infer<typeof setStep>
  | z.infer<typeof tagStep>
  | z.infer<typeof untagStep>
  | z.infer<typeof messageStep>
  | z.infer<typeof conversationStep>
  | z.infer<typeof noteStep>
  | z.infer<typeof assignStep>
  | z.infer<typeof priorityStep>
  | z.infer<typeof ticketStep>
  | z.infer<typeof dataEventStep>
  | z.infer<typeof webhookStep>
  | z.infer<typeof waitStep>
  | z.infer<typeof stopStep>
  | z.infer<typeof undoStep>;

/** The first case whose condition is true; a condition that is not known is not true. */
export type BranchStep = {
  readonly id?: string | undefined;
  readonly branch: readonly { readonly if: string; readonly then: readonly RuleStep[] }[];
  readonly else?: readonly RuleStep[] | undefined;
};
export type RuleStep = LeafStep | BranchStep;

export const ruleStep: z.ZodType<RuleStep> = z.lazy(() =>
  z.union([
    setStep,
    tagStep,
    untagStep,
    messageStep,
    conversationStep,
    noteStep,
    assignStep,
    priorityStep,
    ticketStep,
    dataEventStep,
    webhookStep,
    waitStep,
    stopStep,
    undoStep,
    z.strictObject({
      ...about,
      branch: z
        // oxlint-disable-next-line unicorn/no-thenable -- the word of the language; it is a list, and nobody awaits it
        .array(z.strictObject({ if: cel, then: z.array(ruleStep).max(50) }))
        .min(1)
        .max(20),
      else: z.array(ruleStep).max(50).optional(),
    }),
  ]),
);

export const quietHours = z.strictObject({
  /** In the customer's time zone. */
  from: clockTime,
  to: clockTime,
  /** Saturdays and Sundays are quiet as a whole. */
  weekends: z.boolean().default(false),
});

/** At most so many messages of Dunlin's to one person within so long. */
export const messageCap = z.strictObject({ messages: z.number().int().min(1).max(100), per: ruleDuration });
const caps = z.strictObject({ chat: messageCap.optional(), email: messageCap.optional() });

export const rule = z.strictObject({
  name: ruleName,
  description: sentence,
  /** Why the business may do this to its customers, for whoever judges it. */
  purpose: sentence,
  mode: z.enum(ruleModes).default("draft"),
  /** The share of customers, in percent, for whom a live rule acts; the same ones each time. */
  share: share.default(100),
  /** Customers who are left alone on purpose, to see what the rule is good for: a share of this rule's own, or a shared group. */
  holdout: z.union([share, z.strictObject({ group: ruleName })]).default(0),
  on: ruleTrigger,
  /** Looked at when it is triggered. */
  if: cel.optional(),
  /** The reason; once it is not true any more the run is over, and before every message it is looked at again. */
  while: cel.optional(),
  /** What is done with the run's tags and attributes once `while` is not true any more. */
  whenOver: z.enum(["undo", "keep"]).default("undo"),
  /** What it happens once for: ever, per open invoice, subscription, billing period, object of the moment, or not again within a time. */
  oncePer: z
    .union([z.enum(["customer", "invoice", "subscription", "period", "object"]), ruleDuration])
    .default("object"),
  /** It speaks to customers about an invoice that failed: of such rules only one speaks per invoice, when it is not harmful. */
  dunning: z.boolean().default(false),
  /** Of two rules that want to speak at the same time the higher one does. */
  priority: z.number().int().min(1).max(100).default(50),
  /** Left out, those of the document; `none` for messages that cannot wait. */
  quietHours: z.union([quietHours, z.literal("none")]).optional(),
  caps: z.union([caps, z.literal("none")]).optional(),
  steps: z.array(ruleStep).min(1).max(100),
});

/** One text in one language; Liquid. */
const textBody = z.strictObject({
  subject: z.string().trim().min(1).max(255).optional(),
  body: z.string().trim().min(1).max(20_000),
});

export const rulesDocument = z.strictObject({
  /** Of the format; not of the content. */
  version: z.literal(1),
  /** For customers of whom it is not known, or whose language no text is written in. */
  language: z.enum(ruleLanguages).default("en"),
  /** For customers whose country has several, or is not known. */
  timeZone: timeZone.default("Europe/Berlin"),
  /** How the business is called in texts. */
  business: z.strictObject({ name: sentence }).default({ name: "our team" }),
  quietHours: quietHours.optional(),
  caps: caps.default({ chat: { messages: 2, per: "1 day" }, email: { messages: 2, per: "3 days" } }),
  /** Control groups that several rules share; with an attribute, Intercom shows who is in it. */
  holdouts: z.record(ruleName, z.strictObject({ share, attribute: attributeName.optional() })).default({}),
  dunning: z
    .strictObject({
      /** Whether Stripe itself mails customers about failed payments: Stripe does not tell over its API (Dashboard → Billing → Emails). */
      stripeEmails: z.boolean(),
    })
    .optional(),
  /** A rule that wants to touch more customers within an hour pauses itself. */
  breaker: z.strictObject({ share, atLeast: z.number().int().min(1).max(100_000) }).default({ share: 10, atLeast: 50 }),
  /** A language model that phrases messages; off without it. Its key is a setting of the server. */
  model: z
    .strictObject({ url: z.url(), name: sentence, timeoutSeconds: z.number().int().min(1).max(120).default(30) })
    .optional(),
  texts: z.record(textName, z.partialRecord(z.enum(ruleLanguages), textBody)).default({}),
  rules: z.array(rule).max(200).default([]),
});

export type RuleMode = (typeof ruleModes)[number];
export type RuleLanguage = (typeof ruleLanguages)[number];
export type RuleTrigger = z.infer<typeof ruleTrigger>;
export type RuleValue = z.infer<typeof ruleValue>;
export type QuietHours = z.infer<typeof quietHours>;
export type MessageCap = z.infer<typeof messageCap>;
export type Rule = z.infer<typeof rule>;
export type RulesDocument = z.infer<typeof rulesDocument>;
export type RuleText = z.infer<typeof textBody>;
