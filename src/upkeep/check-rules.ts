/** Whether the rules in force can do what they say: what stands still, what waits for a person, what their texts lack. */
import { ruleLanguages, type RuleLanguage, type RulesDocument } from "../../contract/rule.ts";
import type { Pool } from "../db/pool.ts";
import { messageOf } from "../model/error.ts";
import { loadRulesNow, RulesUnreadable } from "../pipeline/rules-in-force.ts";
import type { RulesNow } from "../pipeline/rules-now.ts";
import type { WorkspacePart } from "../rules/check/workspace.ts";
import type { CompiledRule } from "../rules/program.ts";
import type { RuleStop } from "../rules/store.ts";
import { variablesOf } from "../rules/texts/check.ts";
import { failed, ok, warning, type Check } from "./check.ts";
import type { WorkspaceFindings } from "./rules/check-workspace.ts";
import { readRuleGauges } from "./rules/gauges.ts";

export type RulesGround = {
  readonly pool: Pool;
  /** Where customers reach this server; links need it. */
  readonly publicUrl: string | undefined;
  /** Whether Stripe has a portal for customers; null when that cannot be told. Asked only when a rule links to it. */
  readonly hasPortal: () => Promise<boolean | null>;
  /** Whether Intercom has what the rules name. */
  readonly workspace: (rules: RulesDocument) => Promise<WorkspaceFindings>;
  readonly nowS: number;
};

/** Lines of `dunlin doctor`; none while no rules are saved. */
export async function checkRulesInForce(ground: RulesGround): Promise<readonly Check[]> {
  const { pool, publicUrl, hasPortal, workspace, nowS } = ground;
  let now: RulesNow;
  try {
    now = await loadRulesNow(pool);
  } catch (error) {
    if (error instanceof RulesUnreadable) return [failed("Rules", messageOf(error))];
    throw error;
  }
  if (now.rules.version === 0) return [];
  const { approvals } = await readRuleGauges(pool, nowS);
  const linking = rulesThatLink(now, "");
  const toPortal = [...rulesThatLink(now, "update_payment_method"), ...rulesThatLink(now, "switch_plan")];
  return [
    ok("Rules", standingText(now)),
    ...[...now.stops.values()].filter(({ rule }) => now.rules.byName.has(rule)).map(stopLine),
    ...(approvals === 0 ? [] : [draftsLine(approvals)]),
    ...(linking.length > 0 && publicUrl === undefined ? [linksLine(linking)] : []),
    ...(toPortal.length > 0 && (await hasPortal()) === false ? [portalLine(toPortal)] : []),
    ...missingLanguages(now).map(languageLine),
    ...workspaceLines(now, await workspace(now.rules.document)),
  ];
}

function standingText({ rules: { version, rules } }: RulesNow): string {
  const modes = new Map<string, number>();
  for (const { rule } of rules) modes.set(rule.mode, (modes.get(rule.mode) ?? 0) + 1);
  const counts = [...modes].map(([mode, count]) => `${count} ${mode}`);
  return `version ${version}: ${counts.length === 0 ? "no rules" : counts.join(", ")}`;
}

function stopLine({ rule, by, reason }: RuleStop): Check {
  const who = by === "breaker" ? "by its breaker" : "by hand";
  return warning("Rules", `${rule} stands still ${who}: ${reason}`, `dunlin rules resume ${rule}`);
}

function draftsLine(count: number): Check {
  const what = count === 1 ? "1 draft waits" : `${count} drafts wait`;
  return warning("Drafts", `${what} for a person; after seven days they are given up`, "dunlin rules approvals");
}

function linksLine(rules: readonly string[]): Check {
  const what = `texts of ${rules.join(", ")} have links, and customers cannot reach this server: such messages are not sent`;
  return warning("Links", what, "Set PUBLIC_URL.");
}

function portalLine(rules: readonly string[]): Check {
  const what = `links in texts of ${[...new Set(rules)].join(", ")} lead to Stripe's customer portal, which has no settings`;
  return warning("Portal", what, "Save them: Stripe Dashboard → Settings → Billing → Customer portal.");
}

type Missing = { readonly rule: string; readonly texts: readonly string[]; readonly language: RuleLanguage };

function languageLine({ rule, texts, language }: Missing): Check {
  const what = `${texts.join(", ")} of ${rule} ${texts.length === 1 ? "is" : "are"} not written in “${language}”, as others are; it is told in another language`;
  return warning("Texts", what, "dunlin rules show > rules.yaml, write it, dunlin rules apply rules.yaml");
}

/** Whatever the mode of a rule: who switches it on later wants to know before. */
function workspaceLines({ rules: { document } }: RulesNow, { problems, unknown }: WorkspaceFindings): readonly Check[] {
  const rulesByProblem = new Map<string, Set<string>>();
  for (const { path, problem } of problems) {
    const index = Number(/^rules\[(\d+)\]/.exec(path)?.[1]);
    const named = rulesByProblem.get(problem) ?? new Set<string>();
    rulesByProblem.set(problem, named.add(document.rules[index]?.name ?? path));
  }
  const missing = [...rulesByProblem].map(([problem, names]) =>
    warning("Workspace", `${problem}; named by ${[...names].join(", ")}`, mendRemedy),
  );
  const open = unknown.map(({ part, why, permission }) =>
    warning(
      "Workspace",
      `not known whether Intercom has the ${partWords[part]} that rules name: ${why}`,
      permission === null
        ? undefined
        : `In Intercom's Developer Hub, open the app → Authentication, tick “${permission}”, and save.`,
    ),
  );
  return [...missing, ...open];
}

const mendRemedy =
  "Make it in Intercom, or: dunlin rules show > rules.yaml, name another, dunlin rules apply rules.yaml";

const partWords: Readonly<Record<WorkspacePart, string>> = {
  team: "teams",
  teammate: "teammates",
  ticketType: "ticket types",
};

/** Active rules whose texts have a link for this purpose, or for any. */
function rulesThatLink({ active, rules: { document } }: RulesNow, purpose: string): readonly string[] {
  const links = (name: string): boolean =>
    Object.values(document.texts[name] ?? {}).some((text) =>
      variablesOf(text).some((variable) =>
        purpose === "" ? /^link\b/.test(variable) : variable === `link.${purpose}`,
      ),
    );
  return active.filter(({ texts }) => [...texts].some(links)).map(({ rule }) => rule.name);
}

/** What customers read; notes and tickets are in the language of the rules. */
function textsForCustomers({ program }: CompiledRule): readonly string[] {
  const names = program.flatMap((instruction) =>
    instruction.op === "act" && (instruction.act.kind === "message" || instruction.act.kind === "conversation")
      ? [instruction.act.text]
      : [],
  );
  return [...new Set(names)];
}

/** Texts of active rules that lack a language in which another one is written. */
function missingLanguages({ active, rules: { document } }: RulesNow): readonly Missing[] {
  const languagesOf = (name: string): readonly RuleLanguage[] => {
    const text = document.texts[name] ?? {};
    return ruleLanguages.filter((language) => text[language] !== undefined);
  };
  const used = new Set(active.flatMap((rule) => textsForCustomers(rule).flatMap(languagesOf)));
  return active.flatMap((compiled) =>
    [...used].flatMap((language): readonly Missing[] => {
      const lacking = textsForCustomers(compiled).filter((name) => !languagesOf(name).includes(language));
      return lacking.length === 0 ? [] : [{ rule: compiled.rule.name, texts: lacking, language }];
    }),
  );
}
