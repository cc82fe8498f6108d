/** Station rules: checks what a document says beside its rules and texts. */
import type { QuietHours, RulesDocument } from "../../../contract/rule.ts";
import { didYouMean } from "../../lib/nearest.ts";
import { isTimeZone } from "../../lib/zoned.ts";
import { error, fine, warning, type Problems } from "./problem.ts";

/** Checks time zone, quiet hours, shared groups and the language model. */
export function checkSettings(document: RulesDocument): Problems {
  return [
    ...checkTimeZone(document.timeZone),
    ...checkQuietHours(document.quietHours, "quietHours"),
    ...checkGroups(document),
    ...checkModel(document),
    ...checkRuleNames(document),
  ];
}

function checkTimeZone(timeZone: string): Problems {
  // A distance to UTC, which newer platforms take too, knows no summer time.
  if (/^[A-Za-z]/.test(timeZone) && isTimeZone(timeZone)) return fine;
  const hint = didYouMean(timeZone, Intl.supportedValuesOf("timeZone"));
  return [error("TIME_ZONE_UNKNOWN", "timeZone", `“${timeZone}” is no time zone, such as Europe/Berlin${hint}`)];
}

/** Checks hours in which nobody is written to. */
export function checkQuietHours(hours: QuietHours | "none" | undefined, path: string): Problems {
  if (hours === undefined || hours === "none" || hours.from !== hours.to) return fine;
  return [
    error(
      "QUIET_HOURS_EMPTY",
      path,
      `from ${hours.from} to ${hours.to} is no time at all; for none at all write quietHours: none`,
    ),
  ];
}

function checkGroups({ holdouts, rules }: RulesDocument): Problems {
  const used = new Set(rules.flatMap(({ holdout }) => (typeof holdout === "number" ? [] : [holdout.group])));
  return Object.keys(holdouts).flatMap((group) =>
    used.has(group) ? [] : [warning("HOLDOUT_UNUSED", `holdouts.${group}`, "no rule holds this group out")],
  );
}

function checkModel({ model }: RulesDocument): Problems {
  if (model === undefined || /^https?:$/.test(new URL(model.url).protocol)) return fine;
  return [error("ADDRESS_REFUSED", "model.url", "it has to begin with https:// or http://")];
}

function checkRuleNames({ rules }: RulesDocument): Problems {
  const seen = new Map<string, number>();
  return rules.flatMap(({ name }, index) => {
    const other = seen.get(name);
    seen.set(name, index);
    return other === undefined
      ? []
      : [error("RULE_DUPLICATE", `rules[${index}].name`, `“${name}” is the name of rules[${other}] already`)];
  });
}
