/** Makes effects of what runs decide to do: texts are written, and each effect has the key of its run and instruction. */
import type { EffectBody, EffectPlan } from "../effects/effect.ts";
import type { AttributeValue } from "../model/contact.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { draftHolds } from "../rules/draft/draft.ts";
import type { Deed } from "../rules/run.ts";
import type { WrittenText } from "../rules/texts/render.ts";
import { writeText, type Telling, type TextSources, type Writing } from "./rule-texts.ts";

/** A run that does something. */
export type Doer = CustomerKey & {
  /** Of the effect; from the run and the instruction. */
  readonly key: string;
  readonly telling: Telling;
  readonly sources: TextSources;
  /** In which it is done, where it is done in one. */
  readonly conversationId: string | null;
  /** What a person approved, or a model wrote, instead of the text's body. */
  readonly draft: string | null;
};

/** The effect of a deed, or why there is none. */
export type PlannedDeed = { readonly plan: EffectPlan } | { readonly why: string };

type Outward = Exclude<Deed["act"], { readonly kind: "set" | "unset" }>;

/** Makes the effect of a deed that is one. */
export async function planDeed(deed: Deed & { readonly act: Outward }, doer: Doer): Promise<PlannedDeed> {
  const made = await effectOf(deed, doer);
  if ("why" in made) return made;
  const { account, customerId, key } = doer;
  return { plan: { account, customerId, key, lane: "urgent", effect: made } };
}

type Made = EffectBody | { readonly why: string };

async function effectOf({ act, values }: Deed & { readonly act: Outward }, doer: Doer): Promise<Made> {
  const { conversationId } = doer;
  switch (act.kind) {
    case "tag":
    case "untag":
      return { kind: act.kind, tag: act.tag };
    case "message":
      return messageOf(act, doer);
    case "conversation":
      return withText(doer, { text: act.text, channel: "plain", reader: "customer" }, ({ body }) => ({
        kind: "conversation",
        action: "open",
        text: body,
      }));
    case "note":
      return withText(doer, { text: act.text, channel: "note", reader: "teammate" }, ({ body }) => ({
        kind: "note",
        text: body,
        ...(act.from === null ? {} : { adminId: act.from }),
      }));
    case "assign":
      if (conversationId === null) return { why: noConversation[act.kind] };
      return { kind: "conversation", action: "assign", conversationId, assignee: act.to };
    case "priority":
      if (conversationId === null) return { why: noConversation[act.kind] };
      return { kind: "conversation", action: "prioritise", conversationId, priority: act.priority };
    case "ticket":
      return ticketOf(act, values, doer);
    case "data_event":
      return { kind: "data_event", name: act.name, occurredAtS: doer.telling.nowS, metadata: plainValues(values) };
    case "webhook":
      return { kind: "webhook", url: act.url, facts: { ...plainValues(values), ...reasonOf(doer) } };
  }
}

async function withText(
  doer: Doer,
  { text, ...writing }: { readonly text: string } & Omit<Writing, "sources">,
  make: (written: WrittenText) => EffectBody,
): Promise<Made> {
  const written = await writeText(doer.telling, text, { ...writing, sources: doer.sources });
  return "missing" in written ? { why: missingWords(written.missing) } : make(written);
}

function messageOf(act: Extract<Outward, { readonly kind: "message" }>, doer: Doer): Promise<Made> {
  const { channel, from } = act;
  const adminId = from === null ? {} : { adminId: from };
  return withText(doer, { text: act.text, channel, reader: "customer" }, ({ subject, body }): EffectBody => {
    // While a person decided, amounts and dates may have changed.
    const facts = { business: doer.telling.document.business.name };
    const text = doer.draft !== null && draftHolds(doer.draft, { base: body, facts }) ? doer.draft : body;
    const message = { kind: "message", text, guarantee: "at_most_once", ...adminId } as const;
    if (channel === "chat") return { ...message, channel: "inapp" };
    return { ...message, channel: "email", subject: subject ?? "", template: "plain" };
  });
}

async function ticketOf(
  act: Extract<Outward, { readonly kind: "ticket" }>,
  values: Deed["values"],
  doer: Doer,
): Promise<Made> {
  const title = await writeText(doer.telling, act.title, {
    channel: "title",
    reader: "teammate",
    sources: doer.sources,
  });
  if ("missing" in title) return { why: missingWords(title.missing) };
  const description =
    act.description === null
      ? null
      : await writeText(doer.telling, act.description, { channel: "plain", reader: "teammate", sources: doer.sources });
  if (description !== null && "missing" in description) return { why: missingWords(description.missing) };
  return {
    kind: "ticket",
    ticketTypeId: act.type,
    title: title.body,
    ...(description === null ? {} : { description: description.body }),
    attributes: plainValues(values),
    ...(act.teammate === null ? {} : { assignedAdminId: act.teammate }),
    ...(act.team === null ? {} : { assignedTeamId: act.team }),
  };
}

/** Why nothing can be done in a conversation. */
export const noConversation = {
  assign: "There is no conversation to assign.",
  priority: "There is no conversation to set the priority of.",
} as const;

/** Why nothing can be sent. */
export function missingWords(missing: readonly string[]): string {
  return `Not known: ${missing.join(", ")}.`;
}

function plainValues(values: Readonly<Record<string, AttributeValue>>): Record<string, string | number | boolean> {
  const known = Object.entries(values).filter(
    (entry): entry is [string, string | number | boolean] => entry[1] !== null,
  );
  return Object.fromEntries(known);
}

/** What a webhook's receiver is told besides the rule's own facts. */
function reasonOf({ account, customerId, telling: { trigger } }: Doer): Readonly<Record<string, string>> {
  return { account, customer_id: customerId, trigger: trigger.name };
}
