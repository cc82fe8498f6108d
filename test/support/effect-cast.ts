/** Customers with contacts for tests of the effect ledger, one for each kind of effect, and what of it is in Intercom. */
import type { Pool } from "../../src/db/pool.ts";
import type { EffectBody } from "../../src/effects/effect.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

export type Role = {
  readonly name: string;
  readonly customerId: string;
  readonly contactId: string;
  readonly effect: EffectBody;
  /** The path of the call that is the effect, and its method. */
  readonly pathPattern: string;
  readonly method: "POST" | "PUT";
  /** How often it is there. */
  readonly count: () => number;
};

/** A customer that is linked to a new contact. */
export async function linkedCustomer(pool: Pool, { intercom }: Sandbox, name: string): Promise<string> {
  const { id } = intercom.seedContact({ role: "user", email: `${name}@example.com`, name });
  await link(pool, `cus_${name}`, id);
  return id;
}

/** Links a customer to a contact. */
export async function link(pool: Pool, customerId: string, contactId: string): Promise<void> {
  await pool.query(
    `insert into identities (account, customer_id, state, contact_id, inputs) values ('main', $1, 'linked', $2, '[]')
      on conflict (account, customer_id) do update set state = 'linked', contact_id = excluded.contact_id, reason = null`,
    [customerId, contactId],
  );
}

/** One customer for each kind; `tag` keeps several casts of one sandbox apart. */
export async function castEffects(pool: Pool, sandbox: Sandbox, tag: string): Promise<readonly Role[]> {
  const { intercom } = sandbox;
  const [type] = intercom.ticketTypes();
  const admin = adminOf(sandbox);
  const text = `Renewal of 49 EUR failed (${tag}).\nSee https://dashboard.example/in_1?a=1&b=2`;
  const chat = { kind: "message", channel: "inapp", text, guarantee: "at_most_once" } as const;
  const parts: readonly Part[] = [
    ["note", { kind: "note", text }, "/notes$", (id) => intercom.notesOn(id).length],
    [
      "ticket",
      { kind: "ticket", ticketTypeId: type?.id ?? "", title: "Failed payment", description: text },

      "^/tickets$",
      (id) => intercom.ticketsOf(id).length,
    ],
    [
      "open",
      { kind: "conversation", action: "open", text },

      "^/conversations$",
      (id) => intercom.conversationsOf(id).length,
    ],
    ["comment", inConversation("comment", text), "/reply$", (id) => partsOf(sandbox, id, "comment")],
    ["inner", inConversation("note", text), "/reply$", (id) => partsOf(sandbox, id, "note")],
    [
      "assign",
      { kind: "conversation", action: "assign", conversationId: "0", assignee: { type: "admin", id: admin } },

      "/parts$",
      (id) => partsOf(sandbox, id, "assignment"),
    ],
    [
      "prioritise",
      { kind: "conversation", action: "prioritise", conversationId: "0", priority: "high" },

      "^/conversations/[0-9]+$",
      (id) => partsOf(sandbox, id, "priority_changed"),
    ],
    [
      "close",
      { kind: "conversation", action: "close", conversationId: "0" },

      "/parts$",
      (id) => partsOf(sandbox, id, "close"),
    ],
    ["chat", chat, "^/messages$", (id) => intercom.messagesTo(id).length],
    [
      "email",
      { ...chat, channel: "email", subject: "Your payment", template: "plain" },

      "^/messages$",
      (id) => intercom.messagesTo(id).length,
    ],
    ["tag", { kind: "tag", tag: "past-due" }, "^/contacts/.*/tags$", (id) => intercom.tagNamesOf(id).length],
    [
      "data-event",
      { kind: "data_event", name: "payment-failed", occurredAtS: 1_790_000_000, metadata: { invoice: "in_1" } },

      "^/events$",
      (id) => intercom.eventsOf(id).length,
    ],
  ];
  return Promise.all(parts.map((part) => cast(pool, sandbox, { part, tag })));
}

type Part = readonly [string, EffectBody, string, (contactId: string) => number];

async function cast(
  pool: Pool,
  sandbox: Sandbox,
  { part, tag }: { readonly part: Part; readonly tag: string },
): Promise<Role> {
  const [name, effect, pathPattern, count] = part;
  const contactId = await linkedCustomer(pool, sandbox, `${name}-${tag}`);
  const isWithin = effect.kind === "conversation" && effect.action !== "open";
  const conversationId = isWithin ? sandbox.intercom.userReplies(contactId, "Hello?").id : "";
  return {
    name,
    customerId: `cus_${name}-${tag}`,
    contactId,
    effect: isWithin ? { ...effect, conversationId } : effect,
    pathPattern,
    method: name === "prioritise" ? "PUT" : "POST",
    count: () => count(contactId),
  };
}

function inConversation(action: "comment" | "note", text: string): EffectBody {
  return { kind: "conversation", action, conversationId: "0", text };
}

function partsOf({ intercom }: Sandbox, contactId: string, type: string): number {
  return intercom.conversationsOf(contactId).flatMap(({ parts }) => parts.filter(({ part_type }) => part_type === type))
    .length;
}

/** Any teammate. */
function adminOf({ intercom }: Sandbox): string {
  return intercom.adminIds()[0] ?? "";
}
