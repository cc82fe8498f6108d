/** One customer in a rules journey: what can happen to them, and everything that they, or their teammates, got to see. */
import type Stripe from "stripe";
import { expect } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { contactOf, stripeOf } from "./sandbox.ts";
import { eventually } from "./wait.ts";

/** Something that reached a contact. */
export type Received = {
  readonly channel: "chat" | "email";
  readonly subject: string;
  /** Without markup; a no-break space counts as a space. */
  readonly text: string;
  /** Addresses of its links, in their order. */
  readonly links: readonly string[];
  readonly html: string;
  /** Unix seconds. */
  readonly at: number;
  /** The teammate in whose name. */
  readonly adminId: string;
};

/** What teammates see: a note on the contact or within a conversation. */
export type Noted = { readonly text: string; readonly at: number };

type Row<Name extends "ticketsOf" | "conversationsOf"> = ReturnType<Sandbox["intercom"][Name]>[number];
export type Ticket = Row<"ticketsOf">;
export type Conversation = Row<"conversationsOf">;
type Scenarios = Sandbox["stripe"]["scenarios"];

const patience = { withinMs: 20_000, everyMs: 50 };

/** A customer with a user id. All `until…` wait with a deadline, and fail with what is there instead. */
export class Person {
  readonly customerId: string;
  readonly userId: string;
  readonly #sandbox: Sandbox;

  constructor(sandbox: Sandbox, { customerId, userId }: { readonly customerId: string; readonly userId: string }) {
    this.#sandbox = sandbox;
    this.customerId = customerId;
    this.userId = userId;
  }

  get contactId(): string {
    return contactOf(this.#sandbox, this.userId).id;
  }

  get attributes(): Readonly<Record<string, unknown>> {
    return contactOf(this.#sandbox, this.userId).custom_attributes;
  }

  get tags(): readonly string[] {
    return this.#sandbox.intercom.tagNamesOf(this.contactId);
  }

  get tickets(): readonly Ticket[] {
    return this.#sandbox.intercom.ticketsOf(this.contactId);
  }

  get conversations(): readonly Conversation[] {
    return this.#sandbox.intercom.conversationsOf(this.contactId);
  }

  get events(): readonly string[] {
    return this.#sandbox.intercom.eventsOf(this.contactId).map(({ event_name: name }) => name);
  }

  /** Everything that they were sent, oldest first: messages, and what teammates wrote into their conversations. */
  get received(): readonly Received[] {
    const messages = this.#sandbox.intercom.messagesTo(this.contactId).map((message) =>
      asReceived(message.body, {
        channel: message.message_type === "email" ? "email" : "chat",
        subject: message.subject,
        at: message.created_at,
        adminId: message.admin_id,
      }),
    );
    const comments = this.conversations.flatMap(({ parts, source }) =>
      parts
        .filter(({ part_type, author, body }) => part_type === "comment" && author.type === "admin" && body !== null)
        .map((part) =>
          asReceived(part.body ?? "", {
            channel: source.type === "email" ? "email" : "chat",
            subject: "",
            at: part.created_at,
            adminId: part.author.id,
          }),
        ),
    );
    return [...messages, ...comments].toSorted((a, b) => a.at - b.at);
  }

  get notes(): readonly Noted[] {
    const onContact = this.#sandbox.intercom
      .notesOn(this.contactId)
      .map(({ body, created_at: at }) => ({ text: plainOf(body), at }));
    const inside = this.conversations
      .flatMap(({ parts }) => parts.filter(({ part_type }) => part_type === "note"))
      .map(({ body, created_at: at }) => ({ text: plainOf(body ?? ""), at }));
    return [...onContact, ...inside].toSorted((a, b) => a.at - b.at);
  }

  /** Something happens to them in Stripe, as a button of the sandbox's page would do it. */
  get stripe(): PersonScenarios {
    const { scenarios } = this.#sandbox.stripe;
    const id = this.customerId;
    return {
      paymentFails: (code) => scenarios.paymentFails(id, code),
      paymentSucceeds: () => scenarios.paymentSucceeds(id),
      debitReturns: (code) => scenarios.sepaReturn(id, code),
      renews: () => scenarios.renew(id),
      refunds: (amount) => scenarios.refund(id, amount),
      disputes: (reason) => scenarios.dispute(id, reason),
      isWarnedOfFraud: () => scenarios.fraudWarning(id),
      cardExpires: () => scenarios.expireCard(id),
      cardIsReissued: () => scenarios.cardReissued(id),
      replacesCard: () => scenarios.replaceCard(id),
      upgrades: (priceId) => scenarios.upgrade(id, priceId),
      cancelsAtPeriodEnd: () => scenarios.cancelAtPeriodEnd(id),
      keeps: () => scenarios.keep(id),
      cancels: (feedback) => scenarios.cancel(id, feedback),
      uses: (value, meter) => scenarios.reportUsage(id, value, meter),
      getsCredit: (amountMinor) => scenarios.addCredit(id, amountMinor),
    };
  }

  /** Stripe's own client, for what no scenario does. */
  get api(): Stripe {
    return stripeOf(this.#sandbox);
  }

  /** They write into the latest conversation, or answer the latest message. */
  replies(text: string): Conversation {
    return this.#sandbox.intercom.userReplies(this.contactId, text);
  }

  startsConversation(text: string): Conversation {
    return this.#sandbox.intercom.userStarts(this.contactId, text);
  }

  /** A teammate closes what is open. */
  isClosed(): void {
    this.#sandbox.intercom.closeConversations(this.contactId);
  }

  isTagged(tag: string): void {
    this.#sandbox.intercom.tagContact(this.contactId, tag);
  }

  isUntagged(tag: string): void {
    this.#sandbox.intercom.untagContact(this.contactId, tag);
  }

  unsubscribes(): void {
    this.#sandbox.intercom.editContact(this.contactId, { unsubscribed_from_emails: true });
  }

  /** Waits for a message that says this, and answers the latest one that does. */
  untilReceived(words: string | RegExp, channel?: Received["channel"]): Promise<Received> {
    return eventually(() => {
      const found = this.received.findLast(
        (one) => says(one.text, words) && (channel === undefined || one.channel === channel),
      );
      return found ?? refuse(`no message says ${String(words)}`, this.received);
    }, patience);
  }

  untilTagged(...tags: readonly string[]): Promise<void> {
    return settle(() => expect(this.tags).toEqual(expect.arrayContaining([...tags])));
  }

  untilUntagged(...tags: readonly string[]): Promise<void> {
    return settle(() => expect(this.tags.filter((tag) => tags.includes(tag))).toEqual([]));
  }

  untilNoted(words: string | RegExp): Promise<Noted> {
    return eventually(
      () => this.notes.findLast(({ text }) => says(text, words)) ?? refuse(`no note says ${String(words)}`, this.notes),
      patience,
    );
  }

  /** Waits for a ticket with this title, and answers the latest one. */
  untilTicket(title: string | RegExp): Promise<Ticket> {
    const titleOf = (ticket: Ticket): string => String(ticket.ticket_attributes["_default_title_"]);
    return eventually(
      () =>
        this.tickets.findLast((ticket) => says(titleOf(ticket), title)) ??
        refuse(`no ticket is called ${String(title)}`, this.tickets.map(titleOf)),
      patience,
    );
  }

  /** Waits until a conversation of theirs belongs to this team or teammate. */
  untilAssigned({ team, admin }: { readonly team?: string; readonly admin?: string }): Promise<Conversation> {
    return eventually(
      () =>
        this.conversations.findLast(
          ({ team_assignee_id, admin_assignee_id }) =>
            (team === undefined || String(team_assignee_id) === team) &&
            (admin === undefined || String(admin_assignee_id) === admin),
        ) ?? refuse("no conversation is theirs", this.conversations),
      patience,
    );
  }

  /** Waits until a conversation of theirs has this priority. */
  untilPrioritised(priority: NonNullable<Conversation["priority"]>): Promise<Conversation> {
    return eventually(
      () =>
        this.conversations.findLast((conversation) => conversation.priority === priority) ??
        refuse(`no conversation is ${priority}`, this.conversations),
      patience,
    );
  }

  untilConversation(words: string | RegExp): Promise<Conversation> {
    return eventually(
      () =>
        this.conversations.findLast(({ source, parts }) =>
          [source.body, ...parts.map(({ body }) => body ?? "")].some((html) => says(plainOf(html), words)),
        ) ?? refuse(`no conversation says ${String(words)}`, this.conversations),
      patience,
    );
  }

  untilShows(attributes: Readonly<Record<string, unknown>>): Promise<void> {
    return settle(() => expect(this.attributes).toMatchObject(attributes));
  }

  untilEvent(name: string): Promise<void> {
    return settle(() => expect(this.events).toContain(name));
  }
}

/** What can happen to one customer; options as in the sandbox's scenarios. */
export type PersonScenarios = {
  paymentFails(code?: string): ReturnType<Scenarios["paymentFails"]>;
  paymentSucceeds(): ReturnType<Scenarios["paymentSucceeds"]>;
  debitReturns(code?: string): ReturnType<Scenarios["sepaReturn"]>;
  renews(): ReturnType<Scenarios["renew"]>;
  refunds(amount?: number): ReturnType<Scenarios["refund"]>;
  disputes(reason?: string): ReturnType<Scenarios["dispute"]>;
  isWarnedOfFraud(): ReturnType<Scenarios["fraudWarning"]>;
  cardExpires(): ReturnType<Scenarios["expireCard"]>;
  cardIsReissued(): ReturnType<Scenarios["cardReissued"]>;
  replacesCard(): ReturnType<Scenarios["replaceCard"]>;
  upgrades(priceId?: string): ReturnType<Scenarios["upgrade"]>;
  cancelsAtPeriodEnd(): ReturnType<Scenarios["cancelAtPeriodEnd"]>;
  keeps(): ReturnType<Scenarios["keep"]>;
  cancels(feedback?: string): ReturnType<Scenarios["cancel"]>;
  uses(value: number, meter?: string): ReturnType<Scenarios["reportUsage"]>;
  getsCredit(amountMinor: number): ReturnType<Scenarios["addCredit"]>;
};

async function settle(check: () => void): Promise<void> {
  await eventually(() => {
    check();
    return true;
  }, patience);
}

function refuse(what: string, there: unknown): never {
  throw new Error(`${what}; there is: ${JSON.stringify(there, null, 1)}`);
}

function says(text: string, words: string | RegExp): boolean {
  return typeof words === "string" ? text.includes(words) : words.test(text);
}

function asReceived(html: string, rest: Omit<Received, "html" | "text" | "links">): Received {
  const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, address]) => decoded(address ?? ""));
  return { ...rest, html, text: plainOf(html), links };
}

/** What a person reads: each block a line. */
function plainOf(html: string): string {
  const lines = html.replaceAll(/<br\s*\/?>|<\/(p|li|h\d|div)>/gi, "\n").replaceAll(/<[^>]+>/g, "");
  return decoded(lines).replaceAll("\u00A0", " ").trim();
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'", nbsp: " " };

function decoded(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|#39|nbsp);/g, (_all, name: string) => entities[name] ?? "");
}
