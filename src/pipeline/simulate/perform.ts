/** What a deed of a rehearsal would have come to: its texts are written, links and savings stand as placeholders. */
import type { RulesDocument } from "../../../contract/rule.ts";
import type { Profile } from "../../model/profile.ts";
import type { CustomerFacts, Deed } from "../../rules/run.ts";
import type { LackingText, TextChannel, WrittenText } from "../../rules/texts/render.ts";
import { linkPurposes, type TextFacts } from "../../rules/texts/scope.ts";
import { timeZoneOf } from "../../rules/time-zone.ts";
import type { Performance, Performed } from "../../rules/time-machine/life.ts";
import { missingWords, noConversation } from "../rule-deeds.ts";
import { writeTextWith, type Telling } from "../rule-texts.ts";

export type Stage = {
  readonly document: RulesDocument;
  /** As known at the instant of the deed. */
  readonly profile: Profile;
  readonly facts: CustomerFacts;
};

/** Tells what would have been said, or why nothing could be. */
export function performDeed(stage: Stage, { deed, trigger, nowS, conversationId }: Performance): Performed {
  const { act } = deed;
  if ((act.kind === "assign" || act.kind === "priority") && conversationId === null)
    return { why: noConversation[act.kind] };
  const parts = textsOf(act);
  if (parts.length === 0) return { said: null };
  const { document, profile, facts } = stage;
  const telling = { document, profile, trigger, nowS, timeZone: timeZoneOf(facts, document.timeZone) };
  const written: string[] = [];
  let subject: string | null = null;
  for (const part of parts) {
    const one = writeWithout(telling, part, profile);
    if ("missing" in one) return { why: missingWords(one.missing) };
    if (part.channel === "title") subject = one.body;
    else {
      subject ??= one.subject;
      written.push(one.body);
    }
  }
  return { said: { subject, body: written.join("\n") } };
}

/** Teammates read the document's language, customers their own. */
type Part = { readonly name: string; readonly channel: TextChannel; readonly reader: "customer" | "teammate" };

function textsOf(act: Deed["act"]): readonly Part[] {
  switch (act.kind) {
    case "message":
      return [{ name: act.text, channel: act.channel, reader: "customer" }];
    case "conversation":
      return [{ name: act.text, channel: "plain", reader: "customer" }];
    case "note":
      return [{ name: act.text, channel: "note", reader: "teammate" }];
    case "ticket": {
      const title: Part = { name: act.title, channel: "title", reader: "teammate" };
      return act.description === null
        ? [title]
        : [title, { name: act.description, channel: "plain", reader: "teammate" }];
    }
    default:
      return [];
  }
}

/**
 * Links are made when a message leaves, and what a customer would have saved is not reckoned for the past: the words for nobody's
 * saving are taken, and where a text has none, the saving stands as 0.
 */
function writeWithout(telling: Telling, part: Part, profile: Profile): WrittenText | LackingText {
  const link = Object.fromEntries(linkPurposes.map((purpose) => [purpose, `https://link.invalid/${purpose}`]));
  const written = writeTextWith(telling, part.name, { ...part, facts: { link } });
  if (!("missing" in written)) return written;
  return writeTextWith(telling, part.name, { ...part, facts: { link, saving: noSaving(profile) } });
}

function noSaving({ recurring, subscription }: Profile): TextFacts[string] {
  const currency = ("currency" in recurring ? recurring.currency : null) ?? "eur";
  const none = { amountMinor: 0, currency };
  return { per_month: none, per_year: none, plan: "…", current_plan: subscription?.plan?.name ?? "…" };
}
