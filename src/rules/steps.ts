/** Station rules: going through the steps of a rule, those in branches too, each with its place in the document. */
import type { BranchStep, RuleStep } from "../../contract/rule.ts";

/** A step, and where it stands, such as `steps[2].branch[0].then[1]`. */
export type PlacedStep = { readonly step: RuleStep; readonly path: string };

/** A list of steps of a branch, and where it stands. */
export type PlacedList = { readonly steps: readonly RuleStep[]; readonly path: string };

/** Every step in the order in which it is written. */
export function stepsIn({ steps, path }: PlacedList): readonly PlacedStep[] {
  return placed({ steps, path }).flatMap((one) => [
    one,
    ...(isBranch(one.step) ? listsOf(one.step, one.path).flatMap(stepsIn) : []),
  ]);
}

/** The steps of this list alone. */
export function placed({ steps, path }: PlacedList): readonly PlacedStep[] {
  return steps.map((step, index) => ({ step, path: `${path}[${index}]` }));
}

/** The cases of a branch, and what is done else. */
export function listsOf(step: BranchStep, path: string): readonly PlacedList[] {
  const cases = step.branch.map((one, index) => ({ steps: one.then, path: `${path}.branch[${index}].then` }));
  return step.else === undefined ? cases : [...cases, { steps: step.else, path: `${path}.else` }];
}

export function isBranch(step: RuleStep): step is BranchStep {
  return "branch" in step;
}

/** The texts that a step uses, by name, and where it names them. */
export function textsOf({ step, path }: PlacedStep): readonly TextUse[] {
  if ("message" in step) {
    const { channel, text } = step.message;
    return [{ text, path: `${path}.message.text`, use: channel }];
  }
  if ("conversation" in step) {
    return [{ text: step.conversation.text, path: `${path}.conversation.text`, use: "conversation" }];
  }
  if ("note" in step) return [{ text: step.note.text, path: `${path}.note.text`, use: "note" }];
  if (!("ticket" in step)) return [];
  const { title, description } = step.ticket;
  const titleUse: TextUse = { text: title, path: `${path}.ticket.title`, use: "title" };
  if (description === undefined) return [titleUse];
  return [titleUse, { text: description, path: `${path}.ticket.description`, use: "note" }];
}

export type TextUse = {
  readonly text: string;
  readonly path: string;
  /** chat, email and conversation are read by the customer; note and title by teammates only. */
  readonly use: "chat" | "email" | "conversation" | "note" | "title";
};
