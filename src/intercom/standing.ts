/** How a contact and their conversations stand: whether and when they wrote. For what notifications may not have told. */
import { z } from "zod";
import type { IntercomClient } from "./client.ts";
import type { CallOptions } from "./contacts.ts";
import { nextCursor, searchAll, type Page } from "./pages.ts";
import { anyId, dayBefore } from "./written.ts";

/** Moments in unix seconds. */
export type ContactStanding = {
  /** When they last wrote, by chat or e-mail. */
  readonly lastRepliedS: number | null;
  readonly unsubscribed: boolean;
};

export type ConversationStanding = {
  readonly id: string;
  readonly createdS: number;
  readonly isClosed: boolean;
  /** Who began it; null when it was none of the contacts. */
  readonly begunBy: string | null;
  /** The words that it began with, HTML. */
  readonly html: string;
  readonly lastContactReplyS: number | null;
  readonly lastAdminReplyS: number | null;
  readonly lastCloseS: number | null;
  readonly updatedS: number;
};

const moment = z
  .number()
  .nullish()
  .transform((value) => value ?? null);

const contactSchema = z
  .object({ last_replied_at: moment, unsubscribed_from_emails: z.boolean().nullish() })
  .transform((raw): ContactStanding => ({
    lastRepliedS: raw.last_replied_at,
    unsubscribed: raw.unsubscribed_from_emails ?? false,
  }));

const authorSchema = z
  .object({ type: z.string().nullish(), id: anyId.nullish() })
  .nullish()
  .transform((author) => (contactTypes.has(author?.type ?? "") ? (author?.id ?? null) : null));

const contactTypes: ReadonlySet<string> = new Set(["user", "lead", "contact"]);

const sourceSchema = z
  .object({ body: z.string().nullish(), author: authorSchema })
  .nullish()
  .transform((source) => ({ html: source?.body ?? "", begunBy: source?.author ?? null }));

const noStatistics = { last_contact_reply_at: null, last_admin_reply_at: null, last_close_at: null };

const statisticsSchema = z
  .object({ last_contact_reply_at: moment, last_admin_reply_at: moment, last_close_at: moment })
  .nullish()
  .transform((statistics) => statistics ?? noStatistics);

const firstReplySchema = z
  .object({ created_at: moment })
  .nullish()
  .transform((reply) => reply?.created_at ?? null);

/**
 * Statistics may be missing. Then the latest words of the contact are known only while they wait for an answer, or when they
 * were their first ones.
 */
const conversationSchema = z
  .object({
    id: anyId,
    created_at: z.number(),
    updated_at: z.number(),
    state: z.string().nullish(),
    waiting_since: moment,
    first_contact_reply: firstReplySchema,
    source: sourceSchema,
    statistics: statisticsSchema,
  })
  .transform((raw): ConversationStanding => ({
    id: raw.id,
    createdS: raw.created_at,
    isClosed: raw.state === "closed",
    ...raw.source,
    lastContactReplyS: raw.statistics.last_contact_reply_at ?? raw.waiting_since ?? raw.first_contact_reply,
    lastAdminReplyS: raw.statistics.last_admin_reply_at,
    lastCloseS: raw.statistics.last_close_at,
    updatedS: raw.updated_at,
  }));

const pageSchema = z
  .object({ conversations: z.array(conversationSchema), pages: nextCursor })
  .transform((raw): Page<ConversationStanding> => ({ items: raw.conversations, cursor: raw.pages }));

/** Reads how a contact stands. Throws IntercomNotFound (also for archived ones) or IntercomContactMerged. */
export async function getContactStanding(
  client: IntercomClient,
  id: string,
  options: CallOptions,
): Promise<ContactStanding> {
  const read = { method: "GET", path: "/contacts/{id}", params: { id }, effect: "read" } as const;
  return (await client.request({ ...read, schema: contactSchema, ...options })).data;
}

/** The contact's conversations in which something happened since this moment, and some older ones; a change of the last seconds may be missing. */
export function searchConversationStandings(
  client: IntercomClient,
  { contactId, sinceS }: { readonly contactId: string; readonly sinceS: number },
  options: CallOptions,
): Promise<readonly ConversationStanding[]> {
  const value = [
    { field: "contact_ids", operator: "=", value: contactId },
    { field: "updated_at", operator: ">", value: dayBefore(sinceS) },
  ];
  const query = { operator: "AND", value };
  const what = "conversations of this contact";
  return searchAll(client, { what, path: "/conversations/search", query, schema: pageSchema }, options);
}
