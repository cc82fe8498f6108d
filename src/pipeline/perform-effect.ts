/** Does one effect in Intercom: which calls each kind needs, and what came of them. */
import type { WebhookEffect } from "../../contract/effect.ts";
import { dataEventId, secondOfDataEvent, type EffectBody } from "../effects/effect.ts";
import type { Departure } from "../effects/turn.ts";
import type { IntercomClient } from "../intercom/client.ts";
import { getContact, type CallOptions } from "../intercom/contacts.ts";
import {
  assignConversation,
  closeConversation,
  openConversation,
  prioritiseConversation,
  replyToConversation,
} from "../intercom/conversations.ts";
import { trackEvent } from "../intercom/events.ts";
import { IntercomNotFound } from "../intercom/failure.ts";
import { sendMessage } from "../intercom/messages.ts";
import { createNote } from "../intercom/notes.ts";
import { ensureTag, listTagsOf, tagContact, untagContact } from "../intercom/tags.ts";
import { createTicket } from "../intercom/tickets.ts";
import type { Written } from "../intercom/written.ts";
import type { Lane } from "../model/lane.ts";

/** What it became. */
export type Performed = {
  readonly objectId: string | null;
  readonly conversationId: string | null;
  readonly requestId: string | null;
};

/** What is done in Intercom. */
export type IntercomEffect = Exclude<EffectBody, WebhookEffect>;

export type Performance<E extends IntercomEffect = IntercomEffect> = {
  readonly effect: E;
  readonly contactId: string;
  /** What a data event was sent as before. */
  readonly objectId: string | null;
  readonly lane: Lane;
  /** Enters into the ledger that the call leaves now. Passed right before the call that is the effect. */
  readonly depart: (objectId: string | null) => Promise<Departure>;
};

/** The ledger did not let the call leave; nothing was sent. */
export class NotDeparted extends Error {
  readonly departure: Exclude<Departure, "sent">;
  constructor(departure: Exclude<Departure, "sent">) {
    super(`The effect did not leave: ${departure}.`);
    this.departure = departure;
  }
}

export type Performer = {
  readonly intercom: IntercomClient;
  /** In whose name things are done when nobody is named. */
  readonly adminId: () => Promise<string>;
  /** Ids of tags by name, as made or found before. */
  readonly tagIds: Map<string, string>;
};

/** Does the effect. Throws Intercom's failures, and NotDeparted. */
export async function performEffect(performer: Performer, performance: Performance): Promise<Performed> {
  const { effect } = performance;
  switch (effect.kind) {
    case "note":
      return writeNote(performer, { ...performance, effect });
    case "ticket":
      return makeTicket(performer, { ...performance, effect });
    case "conversation":
      return converse(performer, { ...performance, effect });
    case "message":
      return message(performer, { ...performance, effect });
    case "tag":
      return tag(performer, { ...performance, effect });
    case "untag":
      return untag(performer, { ...performance, effect });
    case "data_event":
      return track(performer, { ...performance, effect });
  }
}

type Of<K extends IntercomEffect["kind"]> = Performance<Extract<IntercomEffect, { readonly kind: K }>>;

async function writeNote({ intercom }: Performer, performance: Of<"note">): Promise<Performed> {
  const { effect, contactId } = performance;
  const { text, adminId } = effect;
  return made(await createNote(intercom, { contactId, text, adminId }, leaving(performance)));
}

async function makeTicket({ intercom }: Performer, performance: Of<"ticket">): Promise<Performed> {
  const { effect, contactId } = performance;
  return made(await createTicket(intercom, { ...effect, contactId }, leaving(performance)));
}

function made({ value, requestId }: Written<{ readonly id: string }>): Performed {
  return { objectId: value.id, conversationId: null, requestId };
}

async function converse(performer: Performer, performance: Of<"conversation">): Promise<Performed> {
  const { effect, contactId } = performance;
  const { intercom } = performer;
  const options = leaving(performance);
  if (effect.action === "open") {
    const { value, requestId } = await openConversation(intercom, { contactId, text: effect.text }, options);
    return { objectId: value.conversationId, conversationId: value.conversationId, requestId };
  }
  const { conversationId } = effect;
  const adminId = effect.adminId ?? (await performer.adminId());
  switch (effect.action) {
    case "comment":
    case "note": {
      const reply = { conversationId, type: effect.action, text: effect.text, adminId };
      const written = await replyToConversation(intercom, reply, options);
      const part = written.value.parts.findLast(({ type }) => type === effect.action);
      return inConversation(written, part?.id ?? null);
    }
    case "assign":
      return inConversation(
        await assignConversation(intercom, { conversationId, assignee: effect.assignee, adminId }, options),
        null,
      );
    case "prioritise":
      return inConversation(
        await prioritiseConversation(intercom, { conversationId, priority: effect.priority, adminId }, options),
        null,
      );
    case "close":
      return inConversation(await closeConversation(intercom, { conversationId, adminId }, options), null);
  }
}

function inConversation({ value, requestId }: Written<{ readonly id: string }>, objectId: string | null): Performed {
  return { objectId, conversationId: value.id, requestId };
}

/** The recipient's role has to be named, so the contact is read first. */
async function message(performer: Performer, performance: Of<"message">): Promise<Performed> {
  const { effect, contactId, lane } = performance;
  const { role } = await getContact(performer.intercom, contactId, { lane });
  const draft = {
    to: { contactId, role },
    adminId: effect.adminId ?? (await performer.adminId()),
    text: effect.text,
    channel:
      effect.channel === "email"
        ? ({ type: "email", subject: effect.subject, template: effect.template } as const)
        : ({ type: "inapp" } as const),
  };
  const { value, requestId } = await sendMessage(performer.intercom, draft, leaving(performance));
  return { objectId: value.id, conversationId: value.conversationId, requestId };
}

async function tag(performer: Performer, performance: Of<"tag">): Promise<Performed> {
  const { effect, contactId, lane } = performance;
  const { intercom, tagIds } = performer;
  const name = effect.tag.toLowerCase();
  const tagId = tagIds.get(name) ?? (await ensureTag(intercom, effect.tag, { lane })).id;
  tagIds.set(name, tagId);
  try {
    return nothingButDone(await tagContact(intercom, { contactId, tagId }, leaving(performance)));
  } catch (error) {
    // The contact is missing, or the tag was deleted: the next attempt makes it again.
    if (error instanceof IntercomNotFound) tagIds.delete(name);
    throw error;
  }
}

async function untag({ intercom }: Performer, performance: Of<"untag">): Promise<Performed> {
  const { effect, contactId, lane } = performance;
  const tags = await listTagsOf(intercom, contactId, { lane });
  const found = tags.find(({ name }) => name.toLowerCase() === effect.tag.toLowerCase());
  if (found === undefined) return nothingButDone(null);
  try {
    return nothingButDone(await untagContact(intercom, { contactId, tagId: found.id }, leaving(performance)));
  } catch (error) {
    // Somebody else took it off in between.
    if (error instanceof IntercomNotFound) return nothingButDone(error.requestId);
    throw error;
  }
}

function nothingButDone(requestId: string | null): Performed {
  return { objectId: null, conversationId: null, requestId };
}

/** How many events of one name may happen to a contact in one second before we give up. */
const secondsMax = 60;

/** Two events of one name in one second would be one to Intercom: the second one moves on by a second. */
async function track({ intercom }: Performer, performance: Of<"data_event">): Promise<Performed> {
  const { effect, contactId, objectId, lane, depart } = performance;
  const { name, metadata } = effect;
  const isRepeated = objectId?.startsWith(`${contactId} `) ?? false;
  const firstS = isRepeated ? secondOfDataEvent(objectId ?? "") : effect.occurredAtS;
  for (let occurredAtS = firstS; occurredAtS < firstS + secondsMax; occurredAtS += 1) {
    const id = dataEventId(contactId, name, occurredAtS);
    const departure = await depart(id);
    if (departure === "taken") continue;
    if (departure !== "sent") throw new NotDeparted(departure);
    const requestId = await trackEvent(intercom, { contactId, name, occurredAtS, metadata }, { lane });
    return { objectId: id, conversationId: null, requestId };
  }
  throw new NotDeparted("taken");
}

/** Right before the call leaves, after any wait for the budget, the ledger is told. */
function leaving({ lane, depart }: Performance): CallOptions {
  return {
    lane,
    guard: async () => {
      const departure = await depart(null);
      if (departure !== "sent") throw new NotDeparted(departure);
    },
  };
}
