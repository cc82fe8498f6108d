/** How a simulation is told on a terminal. */
import type { RuleSideBySide, RuleSimulation, SimulationHit, SimulationResult } from "../../contract/simulation.ts";
import { countText, counted } from "./numbers.ts";
import { deedText, stepName } from "./step-words.ts";
import { tableLines } from "./table.ts";
import { durationText, utcText } from "./times.ts";

export type Progress = { readonly people: number; readonly ofPeople: number; readonly events: number };

const barMax = 30;

/** One line with a bar, no wider than the terminal. */
export function progressLine({ people, ofPeople, events }: Progress, columns: number): string {
  const share = ofPeople === 0 ? 1 : Math.min(1, people / ofPeople);
  const filled = Math.round(share * barMax);
  const bar = "█".repeat(filled) + "░".repeat(barMax - filled);
  return `${bar} ${Math.floor(share * 100)} %  ${counted(people, "customer")}, ${counted(events, "event")}`.slice(
    0,
    columns - 1,
  );
}

/** The whole result: what it rests on, each rule, and the other version beside it. */
export function simulationLines(result: SimulationResult): readonly string[] {
  return [
    ...groundLines(result),
    ...result.rules.flatMap((rule) => ["", ...ruleLines(rule, result)]),
    ...(result.comparison === null ? [] : ["", ...comparisonLines(result.comparison)]),
    "",
    "Nothing was done. Links and savings in texts are placeholders.",
  ];
}

function groundLines({ fromS, toS, journal, people, tookMs }: SimulationResult): readonly string[] {
  const head = `${dayText(fromS)} to ${dayText(toS)}: ${counted(people, "customer")}, ${counted(journal.events, "event")}, in ${durationText(tookMs)}`;
  if (journal.sinceS === null)
    return [head, "  Nothing is recorded yet: all of it is reconstructed from what Stripe has now."];
  if (journal.sinceS <= fromS) return [head];
  return [
    head,
    `  Events are recorded since ${dayText(journal.sinceS)}; what lies before is reconstructed from what Stripe has now.`,
  ];
}

const examplesShown = 5;
const reasonsShown = 3;

function ruleLines(rule: RuleSimulation, ground: SimulationResult): readonly string[] {
  const { hits, people, perPerson, peak } = rule;
  const lines = [`${rule.rule}  ${rule.description}`, `  starts  ${rule.trigger}`, ...historyLines(rule, ground)];
  if (hits === 0) return [...lines, "  nobody would have been met", ...reasonLines("ignores", rule.declined)];
  const often = perPerson.max > 1 ? `, at most ${perPerson.max} times each` : "";
  const known =
    rule.reconstructed > 0 ? ` (${countText(rule.exact)} exact, ${countText(rule.reconstructed)} reconstructed)` : "";
  lines.push(`  meets   ${counted(people, "customer")}, ${counted(hits, "time")}${often}${known}`);
  lines.push(...doesLines(rule));
  if (rule.overBeforeMessage > 0)
    lines.push(
      `  ends    ${counted(rule.overBeforeMessage, "time")} before the message would have left: its reason was gone, such as an invoice that was paid`,
    );
  if (peak) lines.push(...peakLines(peak));
  return [
    ...lines,
    ...reasonLines("holds", rule.held),
    ...reasonLines("skips", rule.skipped),
    ...reasonLines("ignores", rule.declined),
    ...exampleLines(rule.samples),
  ];
}

/** What cannot be rehearsed, or only in part. */
function historyLines({ history }: RuleSimulation, { journal, fromS }: SimulationResult): readonly string[] {
  if (history === "none") return ["  knows   nothing of it from the past: a person starts it"];
  if (history === "all" || (journal.sinceS !== null && journal.sinceS <= fromS)) return [];
  const since = journal.sinceS === null ? "of which there is none yet" : `since ${dayText(journal.sinceS)}`;
  return [`  knows   of it only from what Dunlin has recorded, ${since}: it cannot be reconstructed`];
}

function doesLines({ deeds, messages, leftAlone }: RuleSimulation): readonly string[] {
  const acts = Object.entries(deeds)
    .filter(([kind]) => kind !== "message")
    .map(([kind, count]) => deedText(kind, count));
  const said = [
    ...(messages.chat > 0 ? [counted(messages.chat, "chat message")] : []),
    ...(messages.email > 0 ? [counted(messages.email, "e-mail")] : []),
  ];
  const all = [...said, ...acts];
  const left = leftAlone.holdout + leftAlone.notYet;
  return [
    ...(all.length > 0 ? [`  does    ${all.join(", ")}`] : []),
    ...(left > 0
      ? [
          `  leaves  ${countText(leftAlone.holdout)} in the control group and ${countText(leftAlone.notYet)} outside of the share alone`,
        ]
      : []),
  ];
}

function peakLines({ hourS, hits, limit, trips }: NonNullable<RuleSimulation["peak"]>): readonly string[] {
  const hour = utcText(new Date(hourS * 1000).toISOString()).slice(0, 13);
  if (!trips)
    return [`  peak    ${countText(hits)} within an hour (${hour} h UTC); the breaker trips above ${countText(limit)}`];
  return [
    `  peak    ! ${countText(hits)} within an hour (${hour} h UTC): the breaker trips above ${countText(limit)}`,
    "          → a smaller share to begin with, or breaker: in the rules",
  ];
}

function reasonLines(label: string, reasons: RuleSimulation["held"]): readonly string[] {
  const shown = reasons.slice(0, reasonsShown).map(({ why, count }, index) => {
    const head = index === 0 ? label : "";
    return `  ${head.padEnd(8)}${countText(count)} × ${why}`;
  });
  const more = reasons.length - shown.length;
  return more > 0 ? [...shown, `          and ${counted(more, "other reason")}`] : shown;
}

function exampleLines(hits: readonly SimulationHit[]): readonly string[] {
  const shown = hits.slice(-examplesShown);
  const rows = shown.map((hit) => [
    minuteText(hit.atS),
    hit.label ?? hit.customerId,
    hit.customerId,
    hit.ended === null ? "still under way" : endText(hit.ended.how),
    doneText(hit),
  ]);
  const said = shown.flatMap(({ steps }) => steps.flatMap(({ text }) => text ?? [])).at(-1);
  return [
    "  for example",
    ...tableLines(rows).map((line) => `    ${line}`),
    ...(said === undefined ? [] : ["  says", ...quoted(said)]),
  ];
}

const ends: Readonly<Record<string, string>> = {
  finished: "came to its end",
  stopped: "stopped",
  over: "its reason was gone",
  failed: "failed",
};

function endText(how: string): string {
  return ends[how] ?? how;
}

/** HTML as lines of text. */
function quoted({ subject, body }: NonNullable<SimulationHit["steps"][number]["text"]>): readonly string[] {
  const text = body
    .replaceAll(/<a href="[^"]*">(.*?)<\/a>/g, "[$1]")
    .replaceAll("<li>", "- ")
    .replaceAll(/<\/p>|<br>|<\/li>/g, "\n")
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&amp;", "&");
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return [...(subject === null ? [] : [`    │ ${subject}`]), ...lines.map((line) => `    │ ${line}`)];
}

function comparisonLines({ version, rules }: NonNullable<SimulationResult["comparison"]>): readonly string[] {
  const rows = rules.map((one) => [
    one.rule,
    countText(one.both),
    countText(one.differently),
    countText(one.onlyHere),
    countText(one.onlyThere),
  ]);
  return [
    `beside version ${version}`,
    ...tableLines([["RULE", "BOTH", "DIFFERENTLY", "ONLY HERE", "ONLY THERE"], ...rows], { right: [1, 2, 3, 4] }).map(
      (line) => `  ${line}`,
    ),
    ...rules.flatMap(differenceLines),
  ];
}

const differencesShown = 3;

function differenceLines({ rule, samples }: RuleSideBySide): readonly string[] {
  const told = (where: string, hits: readonly SimulationHit[]): readonly string[] =>
    hits.slice(0, differencesShown).map((hit) => `  ${rule}: ${where} ${whoText(hit)}, ${minuteText(hit.atS)}`);
  const changed = samples.differently
    .slice(0, differencesShown)
    .map(({ here, there }) => `  ${rule}: differently ${whoText(here)}, ${changeText(here, there)}`);
  return [...changed, ...told("only here", samples.onlyHere), ...told("only there", samples.onlyThere)];
}

function whoText({ label, customerId }: SimulationHit): string {
  return label === null ? customerId : `${label} (${customerId})`;
}

/** The first thing in which two hits differ. */
function changeText(here: SimulationHit, there: SimulationHit): string {
  if (here.atS !== there.atS) return `${minuteText(here.atS)} instead of ${minuteText(there.atS)}`;
  const [ours, theirs] = [doneText(here), doneText(there)];
  if (ours !== theirs) return `${minuteText(here.atS)}: ${ours} instead of ${theirs}`;
  return `${minuteText(here.atS)}: at other times, or in other words`;
}

function doneText({ steps }: SimulationHit): string {
  const done = steps.filter(({ result }) => result === "done").map(({ kind }) => stepName(kind));
  return done.length > 0 ? done.join(" → ") : "nothing";
}

function dayText(atS: number): string {
  return new Date(atS * 1000).toISOString().slice(0, 10);
}

function minuteText(atS: number): string {
  return `${new Date(atS * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
