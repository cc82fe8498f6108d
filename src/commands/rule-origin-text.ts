/** How a command says what triggered a rule's run. Pure. */
import type { RuleOrigin } from "../../contract/rule-origin.ts";
import { momentText } from "./times.ts";

/** What triggered it, when, and the event of Stripe's that told of it. */
export function triggerText({ trigger }: Pick<RuleOrigin, "trigger">, now: string): string {
  const { kind, name, objectId, occurredAt, eventId } = trigger;
  const what = kind === name ? triggerWords[kind] : `${triggerWords[kind]} ${name}`;
  const about = objectId === null ? "" : ` of ${objectId}`;
  const told = eventId === null ? "" : `, told by ${eventId}`;
  return `because of ${what}${about}, ${momentText(occurredAt, now)}${told}`;
}

const triggerWords = {
  moment: "the moment",
  stripe: "Stripe's event",
  becomes: "its condition, which became true",
  date: "the date",
  signal: "the signal",
  manual: "somebody who asked for it",
} as const satisfies Readonly<Record<RuleOrigin["trigger"]["kind"], string>>;
