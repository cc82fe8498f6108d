/** Station rules: checks what makes a rule look at a customer. */
import type { RuleTrigger } from "../../../contract/rule.ts";
import { didYouMean } from "../../lib/nearest.ts";
import { isWithinDay, parseDuration } from "../durations.ts";
import { checkCondition, type CheckedRule } from "./conditions.ts";
import { checkDate } from "./dates.ts";
import { error, fine, type Problems } from "./problem.ts";

/** Checks the part `on` of a rule. */
export function checkTrigger(checked: CheckedRule): Problems {
  const { on } = checked.rule;
  const path = `${checked.path}.on`;
  if ("moment" in on) return checkMoment(on.moment, `${path}.moment`, checked);
  if ("becomes" in on) return checkBecomes(on.becomes, `${path}.becomes`, checked);
  if ("signal" in on) return checkSignal(on, path);
  return "date" in on ? [...checkDate(on, path, checked), ...checkClock(on, path)] : fine;
}

function checkMoment(name: string, path: string, { vocabulary: { moments } }: CheckedRule): Problems {
  if (Object.hasOwn(moments, name)) return fine;
  const names = Object.keys(moments);
  const hint = didYouMean(name, names);
  return [
    error(
      "RULE_MOMENT_UNKNOWN",
      path,
      `there is no moment “${name}”${hint === "" ? `; there are: ${names.join(", ")}` : hint}`,
    ),
  ];
}

function checkBecomes(text: string, path: string, checked: CheckedRule): Problems {
  const { problems, always } = checkCondition({ text, path, place: "crossing" }, checked);
  if (always === null) return problems;
  return [
    ...problems,
    error(
      always ? "RULE_ALWAYS_TRUE" : "RULE_NEVER_TRUE",
      path,
      `it is ${always ? "always" : "never"} true, so it never becomes true`,
    ),
  ];
}

function checkSignal({ signal, tag }: Extract<RuleTrigger, { readonly signal: string }>, path: string): Problems {
  const isAboutTags = signal === "tagged" || signal === "untagged";
  return tag !== undefined && !isAboutTags
    ? [error("RULE_CONFLICT", `${path}.tag`, `${signal} is not about a tag; take it away`)]
    : fine;
}

/** A clock time stands in the place of the date's own, so that minutes and hours before it say nothing. */
function checkClock({ before, after, at }: Extract<RuleTrigger, { readonly date: string }>, path: string): Problems {
  const moved = before ?? after;
  return at !== undefined && moved !== undefined && isWithinDay(parseDuration(moved))
    ? [error("RULE_CONFLICT", `${path}.at`, `${moved} says the time of day already; write days, or take “at” away`)]
    : fine;
}
