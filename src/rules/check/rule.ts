/** Station rules: checks one rule by itself, without its texts. */
import type { Rule } from "../../../contract/rule.ts";
import { didYouMean } from "../../lib/nearest.ts";
import { stepsIn } from "../steps.ts";
import type { Place } from "../vocabulary.ts";
import { checkCondition, type CheckedRule } from "./conditions.ts";
import { checkFlow } from "./flow.ts";
import { error, fine, warning, type Problems } from "./problem.ts";
import { checkQuietHours } from "./settings.ts";
import { checkStep } from "./steps.ts";
import { checkTrigger } from "./trigger.ts";

/** Checks a rule: its trigger, conditions, audience and steps. */
export function checkRule(checked: CheckedRule): Problems {
  const { rule, path } = checked;
  return [
    ...checkTrigger(checked),
    ...checkReason(checked, "if", "start"),
    ...checkReason(checked, "while", "run"),
    ...checkAudience(checked),
    ...checkDunning(checked),
    ...checkQuietHours(rule.quietHours, `${path}.quietHours`),
    ...checkIds(checked),
    ...stepsIn({ steps: rule.steps, path: `${path}.steps` }).flatMap((step) => checkStep(step, checked)),
    ...checkFlow(checked),
  ];
}

/** A rule whose reason is never true does nothing. */
function checkReason(checked: CheckedRule, part: "if" | "while", place: Place): Problems {
  const text = checked.rule[part];
  if (text === undefined) return fine;
  const path = `${checked.path}.${part}`;
  const { problems, always } = checkCondition({ text, path, place }, checked);
  if (always === null) return problems;
  const found = always
    ? warning("RULE_ALWAYS_TRUE", path, "it is always true; leave it out")
    : error("RULE_NEVER_TRUE", path, "it is never true, so no run gets to any step");
  return [...problems, found];
}

function checkAudience({ rule: { mode, share, holdout }, path, document }: CheckedRule): Problems {
  const isNobody = mode === "live" && share === 0;
  return [
    ...(isNobody
      ? [warning("RULE_NOBODY", `${path}.share`, "the rule is live for 0 % of the customers: it acts for nobody")]
      : []),
    ...(typeof holdout === "number"
      ? holdout === 100
        ? [warning("RULE_NOBODY", `${path}.holdout`, "all customers are held out: the rule acts for nobody")]
        : fine
      : checkGroup(holdout.group, { path: `${path}.holdout.group`, groups: Object.keys(document.holdouts) })),
  ];
}

function checkGroup(
  group: string,
  { path, groups }: { readonly path: string; readonly groups: readonly string[] },
): Problems {
  if (groups.includes(group)) return fine;
  return [error("HOLDOUT_UNKNOWN", path, `there is no group “${group}” in holdouts${didYouMean(group, groups)}`)];
}

/** Moments after which several rules may want to speak about the same invoice. */
const failureMoments = new Set([
  "payment_failed",
  "debit_returned",
  "payment_action_required",
  "subscription_past_due",
]);

function checkDunning({ rule, path, document }: CheckedRule): Problems {
  if (!rule.dunning) {
    const isAboutFailure = "moment" in rule.on && failureMoments.has(rule.on.moment);
    return isAboutFailure && speaks(rule)
      ? [
          warning(
            "RULE_DUNNING",
            path,
            "it speaks to customers about a payment that failed; with dunning: true only one rule speaks per invoice, and none when it would be harmful",
          ),
        ]
      : fine;
  }
  if (document.dunning !== undefined) return fine;
  return [
    error(
      "DUNNING_EMAILS_UNKNOWN",
      `${path}.dunning`,
      "say once in dunning.stripeEmails whether Stripe itself mails customers about failed payments (Dashboard → Billing → Emails), so that nobody is asked twice",
    ),
  ];
}

function speaks({ steps }: Rule): boolean {
  return stepsIn({ steps, path: "" }).some(({ step }) => "message" in step);
}

function checkIds({ rule: { steps }, path }: CheckedRule): Problems {
  const seen = new Map<string, string>();
  return stepsIn({ steps, path: `${path}.steps` }).flatMap((placed) => {
    const { id } = placed.step;
    if (id === undefined) return [];
    const other = seen.get(id);
    seen.set(id, placed.path);
    return other === undefined
      ? []
      : [error("RULE_DUPLICATE", `${placed.path}.id`, `“${id}” is the id of ${other} already`)];
  });
}
