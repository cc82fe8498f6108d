/** How commands call steps and what they do. */
import { counted, countText } from "./numbers.ts";

/** A step as the rule language calls it. */
export function stepName(kind: string): string {
  return kind === "data_event" ? "dataEvent" : kind;
}

const deeds: Readonly<Record<string, readonly [one: string, many: string]>> = {
  set: ["attribute set", "attributes set"],
  tag: ["tag", "tags"],
  untag: ["tag taken off", "tags taken off"],
  conversation: ["conversation", "conversations"],
  note: ["note", "notes"],
  assign: ["assignment", "assignments"],
  priority: ["priority", "priorities"],
  ticket: ["ticket", "tickets"],
  data_event: ["data event", "data events"],
  webhook: ["webhook call", "webhook calls"],
};

/** `1 tag`, `17 tickets`. */
export function deedText(kind: string, count: number): string {
  const words = deeds[kind];
  return words ? counted(count, ...words) : `${countText(count)} ${kind}`;
}
