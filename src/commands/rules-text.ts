/** How `dunlin rules` prints rules, their versions, and what another document would do. Pure. */
import type { RulePlanLine, RuleReach, RulesBoard, RulesPlan, RulesVersion } from "../../contract/rules-api.ts";
import { placementText } from "../upkeep/rules/switch-rule.ts";
import { counted, countText } from "./numbers.ts";
import { tableLines } from "./table.ts";
import { distanceText, utcText } from "./times.ts";

/** Every rule in a line, and what to do about those that stand still or wait for somebody. */
export function boardLines({ version, rules, versions }: RulesBoard, nowIso: string): readonly string[] {
  const [newest] = versions;
  if (!newest) return ["There are no rules yet. Begin with a recipe:", "  → dunlin recipes list"];
  const rows = rules.map(({ name, mode, share, stop, trigger, runs }) => [
    name,
    stop ? `stopped (${placementText({ mode, share })})` : placementText({ mode, share }),
    countText(runs.matched + runs.running),
    countText(runs.begun),
    trigger,
  ]);
  const notes = rules.flatMap(({ name, stop, runs }) => [
    ...(stop
      ? [
          `! ${name} has stood still since ${utcText(stop.since)} (${distanceText(stop.since, nowIso)}): ${stop.reason}`,
          `  → dunlin rules resume ${name}`,
        ]
      : []),
    ...(runs.approval > 0
      ? [
          `! ${name}: ${counted(runs.approval, "draft")} ${runs.approval === 1 ? "waits" : "wait"} for a person.`,
          "  → dunlin rules approvals",
        ]
      : []),
  ]);
  const head = `Version ${version}, saved ${utcText(newest.savedAt)} by ${newest.savedBy}`;
  if (rules.length === 0) return [head, "", "No rule is in it. Begin with a recipe:", "  → dunlin recipes list"];
  return [
    head,
    "",
    ...tableLines([["RULE", "MODE", "OPEN RUNS", "LAST 30 DAYS", "STARTS"], ...rows], { right: [2, 3] }),
    ...(notes.length > 0 ? ["", ...notes] : []),
  ];
}

/** The versions, newest first. */
export function rulesVersionLines(versions: readonly RulesVersion[]): readonly string[] {
  if (versions.length === 0) return ["No rules were saved yet. Begin with: dunlin recipes list"];
  return tableLines([
    ["VERSION", "SAVED (UTC)", "BY", "NOTE"],
    ...versions.map(({ version, savedAt, savedBy, note }) => [
      String(version),
      `${savedAt.slice(0, 10)} ${savedAt.slice(11, 19)}`,
      savedBy,
      note ?? "",
    ]),
  ]);
}

const signs = { added: "+", removed: "-", changed: "~", mode: "~", same: " " } as const;

/** What saving a document would do: rules, attributes, and whom expressions and dates would meet. */
export function planLines(plan: RulesPlan): readonly string[] {
  const touched = plan.rules.filter(({ change, parts }) => change !== "same" || parts.length > 0);
  const { added, removed } = plan.attributes;
  const lines = [
    ...tableLines(touched.map((line) => [signs[line.change], line.name, placesText(line), whatText(line)])),
    ...plan.settings.map((name) => `~ for all rules: ${name}`),
    ...added.map(({ name, type }) => `+ attribute ${name} (${type})`),
    ...removed.map(({ name, contacts }) => `- attribute ${name}, taken back from ${counted(contacts, "contact")}`),
  ];
  const reached = touched.flatMap(({ name, reach }) => (reach ? reachLines(name, reach) : []));
  if (lines.length === 0) return ["What rules do stays the same."];
  const part = plan.isComplete ? "" : ` Only ${counted(plan.looked, "customer")} were looked at; there are more.`;
  return [...lines, ...(reached.length > 0 ? ["", ...reached, ...(part === "" ? [] : [part.trim()])] : [])];
}

function placesText({ before, after }: RulePlanLine): string {
  if (!before) return after ? placementText(after) : "";
  if (!after) return placementText(before);
  const [from, to] = [placementText(before), placementText(after)];
  return from === to ? to : `${from} → ${to}`;
}

function whatText({ change, parts, running, after }: RulePlanLine): string {
  const open = counted(running, "open run");
  switch (change) {
    case "added":
      return "new";
    case "removed":
      return running === 0 ? "removed" : `removed; cancels ${open}`;
    case "changed":
      return `${parts.join(", ") || "what it takes from the document"}${running === 0 ? "" : `; ${open} on the former version`}`;
    case "mode":
      return [...parts, ...(after?.mode === "draft" && running > 0 ? [`cancels ${open}`] : [])].join(", ");
    case "same":
      return parts.join(", ");
  }
}

function reachLines(name: string, { kind, customers, examples }: RuleReach): readonly string[] {
  const who = counted(customers, "customer");
  const said =
    kind === "crossing"
      ? customers === 0
        ? "fits nobody yet; it starts for whoever it becomes true for"
        : `fits ${who} already, who are left alone; it starts for whoever it becomes true for`
      : `comes to ${customers === 0 ? "nobody" : who} within seven days`;
  const shown = examples.map(({ customerId, label }) => (label === null ? customerId : `${label} (${customerId})`));
  return [`${name}: ${said}`, ...(shown.length > 0 ? [`  for example ${shown.join(", ")}`] : [])];
}
