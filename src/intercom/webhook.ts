/** Intercom's webhooks: whether one is genuine, and what it is about. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { AppError } from "../model/error.ts";
import { isRecord, parseJson } from "../lib/json.ts";

/** A notification of Intercom. Its shape follows the version set in the Developer Hub, so little is relied upon. */
export type Signal = {
  /** Names the notification; deliveries of the same one repeat it. A `ping` may have none. */
  readonly id: string | null;
  readonly topic: string;
  /** The workspace, when it is named. */
  readonly appId: string | null;
  readonly createdS: number;
  /** The contacts it speaks of, the most important first; of a merge first the survivor, then the other one. */
  readonly contactIds: readonly string[];
  /** The conversation it speaks of. */
  readonly conversationId: string | null;
  /** The name of the tag it speaks of. */
  readonly tag: string | null;
  /** What a contact wrote, as far as it tells; the text is plain or HTML. */
  readonly written: Written | null;
  readonly item: Readonly<Record<string, unknown>>;
};

/** The latest words of a contact in a notification; `atS` in unix seconds. */
export type Written = { readonly contactId: string; readonly atS: number | null; readonly text: string };

/** The body of a webhook is not a notification of Intercom. */
export class IntercomSignalInvalid extends AppError {
  readonly code = "INTERCOM_SIGNAL_INVALID";
  readonly kind = "invalid";

  constructor(options?: ErrorOptions) {
    super("The webhook's body is not a notification of Intercom. Check what else posts to this address.", options);
  }
}

/** Checks `X-Hub-Signature`: HMAC-SHA1 of the raw body with the app's client secret, compared in constant time. */
export function verifyIntercomSignature(
  rawBody: Uint8Array,
  header: string | undefined,
  clientSecret: string,
): boolean {
  const given = /^sha1=([0-9a-f]{40})$/i.exec(header ?? "")?.[1];
  if (given === undefined || clientSecret === "") return false;
  const expected = createHmac("sha1", clientSecret).update(rawBody).digest();
  return timingSafeEqual(expected, Buffer.from(given, "hex"));
}

const envelopeSchema = z.object({
  type: z.literal("notification_event"),
  id: z.string().nullish(),
  topic: z.string().min(1),
  app_id: z.string().nullish(),
  created_at: z.number().nonnegative(),
  data: z.object({ item: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});

/** Reads a notification; throws IntercomSignalInvalid when it is none. Verify the signature first. */
export function parseSignal(rawBody: Uint8Array): Signal {
  const parsed = envelopeSchema.safeParse(parseJson(Buffer.from(rawBody).toString("utf8")));
  if (!parsed.success) throw new IntercomSignalInvalid({ cause: parsed.error });
  const { id, topic, app_id: appId, created_at: createdAt, data } = parsed.data;
  const item = data?.item ?? {};
  const contactIds = [...new Set(contactIdsOf(item, topic))];
  return {
    id: id ?? null,
    topic,
    appId: appId ?? null,
    createdS: Math.floor(createdAt),
    contactIds,
    conversationId: conversationIdOf(item, topic),
    tag: textOf(recordOf(item["tag"])["name"]),
    written: writtenIn(item, topic),
    item,
  };
}

const contactTypes: readonly unknown[] = ["contact", "user", "lead"];

function contactIdsOf(item: Readonly<Record<string, unknown>>, topic: string): readonly string[] {
  const ticket = recordOf(item["ticket"]); // ticket.closed nests what ticket.resolved does not
  const isContact =
    contactTypes.includes(item["type"]) || topic.startsWith("contact.") || topic === "visitor.signed_up";
  return [
    ...(isContact ? contactId(item) : []),
    ...contactId(item["contact"]),
    ...contactId(item["user"]),
    ...listedContacts(item["contacts"]),
    ...listedContacts(ticket["contacts"]),
    ...contactId(item["merged_from"]),
    ...idText(item["contact_id"]),
  ];
}

/** Contacts come as `{contacts: […]}`, `{data: […]}` or a bare list, depending on version and topic. */
function listedContacts(value: unknown): readonly string[] {
  const list = isRecord(value) ? (value["contacts"] ?? value["data"]) : value;
  return Array.isArray(list) ? list.flatMap(contactId) : [];
}

function contactId(value: unknown): readonly string[] {
  return isRecord(value) ? idText(value["id"]) : [];
}

/** Contact ids are 24 hex digits; ids of other things are shorter numbers. */
function idText(value: unknown): readonly string[] {
  return typeof value === "string" && /^[0-9a-f]{24}$/i.test(value) ? [value] : [];
}

/** Conversation ids are numbers, which some versions send as such. */
function conversationIdOf(item: Readonly<Record<string, unknown>>, topic: string): string | null {
  const nested = recordOf(item["conversation"])["id"];
  const isConversation = item["type"] === "conversation" || topic.startsWith("conversation.");
  const id = nested ?? (isConversation ? item["id"] : null);
  return typeof id === "number" ? String(id) : textOf(id);
}

/**
 * Replies come as the latest part of a conversation or ticket; what began a conversation as its source, or in older versions as
 * its message. A reply whose part is missing says nothing about when it was written, so its source is not asked.
 */
function writtenIn(item: Readonly<Record<string, unknown>>, topic: string): Written | null {
  const parts = recordOf(item["conversation_parts"]);
  const list = parts["conversation_parts"] ?? parts["data"];
  const latest = Array.isArray(list) ? list.toReversed() : [];
  const first = recordOf(item["source"] ?? item["conversation_message"]);
  const began = topic === "conversation.user.created" ? { created_at: item["created_at"], ...first } : null;
  for (const part of [item["ticket_part"], ...latest, began]) {
    const written = byContact(recordOf(part));
    if (written !== null) return written;
  }
  return null;
}

function byContact({ author, created_at: at, body }: Readonly<Record<string, unknown>>): Written | null {
  const writer = recordOf(author);
  const [id] = contactTypes.includes(writer["type"]) ? contactId(writer) : [];
  if (id === undefined) return null;
  return { contactId: id, atS: typeof at === "number" ? Math.floor(at) : null, text: textOf(body) ?? "" };
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}
