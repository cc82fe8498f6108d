/** Station rules: checks the way through the steps of a rule: that every step can be reached, and that every wait ends. */
import type { BranchStep, RuleStep } from "../../../contract/rule.ts";
import { endsRun } from "../compile-program.ts";
import { isBranch, listsOf, placed, stepsIn, type PlacedList, type PlacedStep } from "../steps.ts";
import { checkCondition, type CheckedRule } from "./conditions.ts";
import { checkDate } from "./dates.ts";
import { error, fine, warning, type Problems } from "./problem.ts";

/** Checks the order of all steps of a rule. */
export function checkFlow(checked: CheckedRule): Problems {
  const list = { steps: checked.rule.steps, path: `${checked.path}.steps` };
  return [...checkList(list, checked), ...checkUndo(list), ...checkReplies(list)];
}

function checkList(list: PlacedList, checked: CheckedRule): Problems {
  const steps = placed(list);
  const end = steps.findIndex(({ step }) => endsRun([step]));
  const lost = end === -1 ? undefined : steps[end + 1];
  const unreachable = lost
    ? [
        error(
          "RULE_UNREACHABLE",
          lost.path,
          `no run gets here: ${nameIn(list, steps[end])} ends it; take away what stands behind`,
        ),
      ]
    : [];
  return [...steps.flatMap((step) => checkStep(step, checked)), ...unreachable];
}

function nameIn({ path }: PlacedList, step: PlacedStep | undefined): string {
  const parent = path.slice(0, path.lastIndexOf(".") + 1);
  return step?.path.slice(parent.length) ?? path;
}

function checkStep({ step, path }: PlacedStep, checked: CheckedRule): Problems {
  if (isBranch(step)) return checkBranch(step, path, checked);
  return "wait" in step ? checkWait(step.wait, `${path}.wait`, checked) : fine;
}

function checkBranch(step: BranchStep, path: string, checked: CheckedRule): Problems {
  const within = listsOf(step, path).flatMap((list) => checkList(list, checked));
  return [...checkCases(step, path, checked), ...checkEmpty(step, path), ...within];
}

function checkCases(step: BranchStep, path: string, checked: CheckedRule): Problems {
  const problems: Problems[] = [];
  const seen = new Map<string, string>();
  let taken: string | null = null;
  for (const [index, { if: text }] of step.branch.entries()) {
    const name = `branch[${index}]`;
    const place = `${path}.${name}.if`;
    if (taken !== null) return [...problems.flat(), error("RULE_UNREACHABLE", `${path}.${name}`, neverReached(taken))];
    const { problems: found, always } = checkCondition({ text, path: place, place: "run" }, checked);
    const same = seen.get(text);
    seen.set(text, name);
    problems.push(found);
    if (same !== undefined)
      problems.push([error("RULE_UNREACHABLE", place, `no run gets here: ${same} has the same condition`)]);
    if (always === false)
      problems.push([error("RULE_NEVER_TRUE", place, "it is never true, so no run gets to its steps")]);
    if (always === true) taken = name;
  }
  if (taken === null) return problems.flat();
  const isElse = step.else !== undefined;
  const last = isElse
    ? error("RULE_UNREACHABLE", `${path}.else`, neverReached(taken))
    : warning(
        "RULE_ALWAYS_TRUE",
        `${path}.${taken}.if`,
        "it is always true; write it as else, or leave the condition out",
      );
  return [...problems.flat(), last];
}

function neverReached(taken: string): string {
  return `no run gets here: the condition of ${taken} is always true`;
}

/** A case without steps may keep later cases from being looked at; the last one does nothing at all. */
function checkEmpty(step: BranchStep, path: string): Problems {
  const lists = listsOf(step, path);
  if (lists.every(({ steps }) => steps.length === 0)) return [error("RULE_EMPTY", path, "this branch has no steps")];
  const last = lists.at(-1);
  return last?.steps.length === 0 ? [warning("RULE_EMPTY", last.path, "there is nothing in it; leave it out")] : fine;
}

type WaitStep = Extract<RuleStep, { readonly wait: unknown }>["wait"];

function checkWait(wait: WaitStep, path: string, checked: CheckedRule): Problems {
  const { for: duration, until, orUntil } = wait;
  const length =
    (duration === undefined) === (until === undefined)
      ? [
          error(
            duration === undefined ? "RULE_ENDLESS_WAIT" : "RULE_CONFLICT",
            path,
            duration === undefined
              ? "this wait has no end: say how long at most with for, or until which date"
              : "it waits either for a time or until a date; take one of them away",
          ),
        ]
      : fine;
  return [
    ...length,
    ...(until === undefined ? fine : checkDate(until, `${path}.until`, checked)),
    ...(orUntil === undefined ? fine : checkOrUntil(orUntil, `${path}.orUntil`, checked)),
  ];
}

function checkOrUntil(text: string, path: string, checked: CheckedRule): Problems {
  const { problems, always } = checkCondition({ text, path, place: "run" }, checked);
  if (always === null) return problems;
  return [
    ...problems,
    always
      ? error("RULE_ALWAYS_TRUE", path, "it is always true, so nothing is waited for")
      : error("RULE_NEVER_TRUE", path, "it is never true, so it ends no wait"),
  ];
}

/** Taking back what was never set is a sign that something else was meant. */
function checkUndo(list: PlacedList): Problems {
  let hasTraces = false;
  return stepsIn(list).flatMap(({ step, path }) => {
    if ("set" in step || "tag" in step) hasTraces = true;
    return "undo" in step && !hasTraces
      ? [warning("RULE_NOTHING_TO_UNDO", path, "there is nothing to undo here: no tag or attribute was set before")]
      : [];
  });
}

/** What a wait is asked for that it cannot end with. */
function checkReplies(list: PlacedList): Problems {
  const steps = stepsIn(list);
  const waits = steps.flatMap(({ step }) => ("wait" in step ? [step.wait] : []));
  const endings = {
    reply: waits.some(({ orReply }) => orReply),
    condition: waits.some(({ orUntil }) => orUntil !== undefined),
    time: waits.length > 0,
  };
  return steps.flatMap(({ step, path }) =>
    isBranch(step)
      ? step.branch.flatMap(({ if: text }, index) => {
          const word = /\brun\.last_wait\s*==\s*["'](reply|condition|time)["']/.exec(text)?.[1];
          const isMissing = (word === "reply" || word === "condition" || word === "time") && !endings[word];
          return isMissing
            ? [warning("RULE_WAIT_RESULT", `${path}.branch[${index}].if`, `no wait of this rule ends with “${word}”`)]
            : [];
        })
      : [],
  );
}
