/**
 * Decides whether something that was found in Intercom is the effect that we sent. Nothing of ours can be hung on a note
 * or a ticket to know it by, so it is known by what it says, on whom, by whom and since when. What another ledger entry
 * has confirmed is never taken.
 */
import type { EffectBody } from "./effect.ts";

/** Something found in Intercom, of the kind that is looked for. */
export type Candidate = {
  /** By what the ledger knows it; null for a state that leaves no object, such as being closed. */
  readonly objectId: string | null;
  readonly conversationId: string | null;
  /** When Intercom made it; null when that says nothing. */
  readonly createdAtS: number | null;
  /** What must be equal, by name. */
  readonly facts: Readonly<Record<string, string | null>>;
  /** What must say the same, by name. */
  readonly texts: Readonly<Record<string, string | null>>;
};

export type Sought = {
  readonly effect: EffectBody;
  /** When it may have been sent for the first time. */
  readonly sinceS: number;
  /** Objects that other entries have confirmed. */
  readonly taken: ReadonlySet<string>;
};

/** Clocks differ, and Intercom writes whole seconds. */
const clockToleranceS = 120;

/** The one that we sent, the oldest if several could be it; null when none is. */
export function matchEffect({ effect, sinceS, taken }: Sought, candidates: readonly Candidate[]): Candidate | null {
  const { facts, texts, mayGoOn } = marksOf(effect);
  const fits = candidates.filter(
    (one) =>
      (one.createdAtS === null || one.createdAtS >= sinceS - clockToleranceS) &&
      (one.objectId === null || !taken.has(one.objectId)) &&
      Object.entries(facts).every(([name, value]) => one.facts[name] === value) &&
      Object.entries(texts).every(([name, value]) => saysSame(value, one.texts[name] ?? "", mayGoOn)),
  );
  return fits.toSorted((a, b) => (a.createdAtS ?? 0) - (b.createdAtS ?? 0))[0] ?? null;
}

type Marks = {
  readonly facts: Readonly<Record<string, string>>;
  readonly texts: Readonly<Record<string, string>>;
  /** Templates append signatures to messages. */
  readonly mayGoOn: boolean;
};

/** By what an effect of each kind is known. A teammate counts only when one was named, as tokens change owners. */
function marksOf(effect: EffectBody): Marks {
  switch (effect.kind) {
    case "note":
      return { facts: author(effect.adminId), texts: { text: effect.text }, mayGoOn: false };
    case "ticket":
      return {
        facts: { ticketType: effect.ticketTypeId },
        texts: { title: effect.title, ...(effect.description === undefined ? {} : { text: effect.description }) },
        mayGoOn: false,
      };
    case "message":
      return {
        facts: { deliveredAs: "admin_initiated", channel: effect.channel, ...author(effect.adminId) },
        texts: { text: effect.text, ...(effect.channel === "email" ? { title: effect.subject } : {}) },
        mayGoOn: true,
      };
    case "conversation":
      return conversationMarks(effect);
    case "tag":
    case "untag":
    case "data_event":
    case "webhook":
      // Repeated instead of looked for; nothing fits.
      return { facts: { kind: effect.kind }, texts: {}, mayGoOn: false };
  }
}

function conversationMarks(effect: Extract<EffectBody, { readonly kind: "conversation" }>): Marks {
  switch (effect.action) {
    case "open":
      return { facts: { deliveredAs: "customer_initiated" }, texts: { text: effect.text }, mayGoOn: false };
    case "comment":
    case "note":
      return {
        facts: { part: effect.action, ...author(effect.adminId) },
        texts: { text: effect.text },
        mayGoOn: false,
      };
    case "assign":
      return { facts: { [`${effect.assignee.type}Assignee`]: effect.assignee.id }, texts: {}, mayGoOn: false };
    case "prioritise":
      // Repeated instead of looked for; nothing fits.
      return { facts: { action: effect.action }, texts: {}, mayGoOn: false };
    case "close":
      return { facts: { state: "closed" }, texts: {}, mayGoOn: false };
  }
}

function author(adminId: string | undefined): { readonly author?: string } {
  return adminId === undefined ? {} : { author: adminId };
}

/** Whether two texts say the same. `mayGoOn`: what was found may have more behind it. */
export function saysSame(sent: string, found: string, mayGoOn = false): boolean {
  const [ours, theirs] = [essence(sent), essence(found)];
  return mayGoOn ? theirs.startsWith(ours) : theirs === ours;
}

/**
 * What is left of a text however Intercom rewrites it: paragraphs around it, links made of addresses, entities, white
 * space, typographic quotes. So only letters and digits count, unless there are none.
 */
function essence(text: string): string {
  const plain = decodeEntities(text.replaceAll(/<\/?[a-z][^<>]*>/gi, " "))
    .normalize("NFKC")
    .toLowerCase();
  const letters = plain.replaceAll(/[^\p{L}\p{N}]+/gu, "");
  return letters === "" ? plain.replaceAll(/\s+/g, "") : letters;
}

const namedEntities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: " " };

function decodeEntities(text: string): string {
  return text.replaceAll(/&(#\d{1,7}|#x[0-9a-f]{1,6}|[a-z]{2,6});/gi, (whole: string, entity: string) => {
    if (!entity.startsWith("#")) return namedEntities[entity.toLowerCase()] ?? whole;
    const code = Number(`0${entity.slice(1)}`); // "0x27" and "039" are numbers as they are
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}
