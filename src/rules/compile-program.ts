/** Station rules: makes one list of instructions of steps and branches. Jumps only go forward, so every run comes to an end. */
import type { BranchStep, RuleStep, RuleValue } from "../../contract/rule.ts";
import type { CelExpression } from "../lib/cel.ts";
import type { AttributeType } from "../model/attribute.ts";
import { parseOptionalDuration } from "./durations.ts";
import type { Act, Instruction, MovedDate, ProgramValue } from "./program.ts";
import { isBranch, listsOf, placed, type PlacedList } from "./steps.ts";

/** How the expressions of a rule are read; they throw on what is not right. */
export type Readers = {
  readonly condition: (text: string) => CelExpression;
  readonly value: (value: RuleValue, type: AttributeType | "any") => ProgramValue;
};

/** The program of these steps. */
export function compileProgram(steps: readonly RuleStep[], readers: Readers): readonly Instruction[] {
  const program: Instruction[] = [];
  emitList({ steps, path: "steps" }, { program, readers });
  return program;
}

type Ground = { readonly program: Instruction[]; readonly readers: Readers };

function emitList(list: PlacedList, ground: Ground): void {
  for (const { step, path } of placed(list)) {
    if (isBranch(step)) emitBranch(step, path, ground);
    else ground.program.push(instructionOf(step, path, ground.readers));
  }
}

/**
 * The branch, then its lists one behind the other; behind each but the last a jump to where they come together again. A
 * list that ends the run needs none.
 */
function emitBranch(step: BranchStep, path: string, ground: Ground): void {
  const { program } = ground;
  const at = reserve(program);
  const lists = listsOf(step, path);
  const jumps: number[] = [];
  const starts = lists.map((list, index) => {
    const start = program.length;
    emitList(list, ground);
    const isLast = index === lists.length - 1;
    if (!isLast && !endsRun(list.steps)) jumps.push(reserve(program));
    return start;
  });
  const end = program.length;
  for (const jump of jumps) program[jump] = { op: "jump", to: end };
  program[at] = {
    op: "branch",
    path,
    cases: step.branch.map((one, index) => ({ if: ground.readers.condition(one.if), to: starts[index] ?? end })),
    otherwise: step.else === undefined ? end : (starts.at(-1) ?? end),
  };
}

/** Keeps a place whose instruction is known only once what follows it is there. */
function reserve(program: Instruction[]): number {
  return program.push({ op: "jump", to: program.length + 1 }) - 1;
}

/** Whether no run gets behind these steps. */
export function endsRun(steps: readonly RuleStep[]): boolean {
  return steps.some(
    (step) => "stop" in step || (isBranch(step) && step.else !== undefined && listsOf(step, "").every(listEnds)),
  );
}

function listEnds({ steps }: PlacedList): boolean {
  return endsRun(steps);
}

type LeafStep = Exclude<RuleStep, BranchStep>;

function instructionOf(step: LeafStep, path: string, readers: Readers): Instruction {
  if ("wait" in step) {
    const { for: duration, until, orReply, orUntil } = step.wait;
    return {
      op: "wait",
      path,
      duration: parseOptionalDuration(duration),
      until: until === undefined ? null : movedDate(until),
      orReply,
      orUntil: orUntil === undefined ? null : readers.condition(orUntil),
    };
  }
  if ("stop" in step) return { op: "stop", path, reason: step.stop };
  if ("undo" in step) return { op: "undo", path };
  return { op: "act", path, act: actOf(step, readers) };
}

/** A date of the profile, so long before or after. */
export function movedDate(moved: {
  readonly date: string;
  readonly before?: string | undefined;
  readonly after?: string | undefined;
}): MovedDate {
  return {
    field: moved.date,
    before: parseOptionalDuration(moved.before),
    after: parseOptionalDuration(moved.after),
  };
}

type ActStep = Exclude<LeafStep, { readonly wait: unknown } | { readonly stop: unknown } | { readonly undo: unknown }>;
type Spoken = { readonly message: unknown } | { readonly conversation: unknown } | { readonly note: unknown };
type Worked =
  | { readonly set: unknown }
  | { readonly ticket: unknown }
  | { readonly dataEvent: unknown }
  | { readonly webhook: unknown };

function actOf(step: ActStep, readers: Readers): Act {
  if ("tag" in step) return { kind: "tag", tag: step.tag };
  if ("untag" in step) return { kind: "untag", tag: step.untag };
  if ("assign" in step) return { kind: "assign", to: assigneeOf(step.assign) };
  if ("priority" in step) return { kind: "priority", priority: step.priority };
  if ("message" in step || "conversation" in step || "note" in step) return spokenAct(step);
  return workedAct(step, readers);
}

function assigneeOf(assign: Extract<ActStep, { readonly assign: unknown }>["assign"]): {
  type: "team" | "admin";
  id: string;
} {
  return "team" in assign ? { type: "team", id: assign.team } : { type: "admin", id: assign.teammate };
}

/** What is done with a text alone. */
function spokenAct(step: Extract<ActStep, Spoken>): Act {
  if ("conversation" in step) return { kind: "conversation", text: step.conversation.text };
  if ("note" in step) return { kind: "note", text: step.note.text, from: step.note.from ?? null };
  const { channel, text, from = null, draft = null } = step.message;
  return { kind: "message", channel, text, from, draft };
}

/** What is done with values that may have to be worked out. */
function workedAct(step: Extract<ActStep, Worked>, readers: Readers): Act {
  if ("set" in step) {
    const { attribute, type, value } = step.set;
    return { kind: "set", attribute, type, value: readers.value(value, type) };
  }
  if ("ticket" in step) {
    const { type, title, description = null, attributes, team = null, teammate = null } = step.ticket;
    return { kind: "ticket", type, title, description, attributes: valuesOf(attributes, readers), team, teammate };
  }
  if ("dataEvent" in step) {
    const { name, metadata } = step.dataEvent;
    return { kind: "data_event", name, metadata: valuesOf(metadata, readers) };
  }
  return { kind: "webhook", url: step.webhook.url, facts: valuesOf(step.webhook.facts, readers) };
}

function valuesOf(
  values: Readonly<Record<string, RuleValue>>,
  { value }: Readers,
): Readonly<Record<string, ProgramValue>> {
  return Object.fromEntries(Object.entries(values).map(([name, one]) => [name, value(one, "any")]));
}
