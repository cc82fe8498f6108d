/** A backfill in plain text: the plan, and how far it is. Pure. */
import type {
  BackfillCensus,
  BackfillCount,
  BackfillGroup,
  BackfillPlan,
  BackfillResource,
  BackfillRun,
} from "../../contract/backfill.ts";
import { counted, countText } from "./numbers.ts";
import { tableLines } from "./table.ts";

const barWidth = 24;

/** How far a run is, as lines of a fixed order. */
export function progressLines(run: BackfillRun | null): readonly string[] {
  if (!run?.progress) return ["Waiting to begin …"];
  const { progress, phase } = run;
  const isLoading = phase === "loading";
  return [
    ...(progress.resources.length === 0 ? [] : resourceLines(progress.resources)),
    ...(progress.census ? [censusLine(progress.census)] : []),
    ...(isLoading || !progress.planned ? [] : [countLine("planned", progress.planned)]),
    ...(progress.contacts && phase !== "planning" ? [countLine("contacts", progress.contacts)] : []),
    ...progress.resources.flatMap(problemLines),
  ];
}

function resourceLines(resources: readonly BackfillResource[]): readonly string[] {
  return tableLines(
    resources.map(({ name, objects, remaining, perS, etaS, ranges }) => {
      const isDone = ranges.done === ranges.all;
      const total = remaining === null ? null : objects + remaining;
      return [
        `${isDone ? "✓" : " "} ${name}`,
        bar(isDone ? 1 : total === null || total === 0 ? 0 : objects / total),
        countText(objects),
        isDone ? "" : rateText(perS),
        isDone ? "" : etaText(etaS),
      ];
    }),
    { right: [2] },
  );
}

function censusLine({ state, contacts, total }: BackfillCensus): string {
  if (state === "not needed") return "  Intercom's contacts need no census";
  const of = total === null ? "" : ` of ${countText(total)}`;
  return `${state === "complete" ? "✓" : " "} census of Intercom's contacts: ${countText(contacts)}${of}`;
}

function countLine(name: string, { all, done, remaining, perS, etaS }: BackfillCount): string {
  const share = all === 0 ? 1 : done / all;
  const words = `${countText(done)} of ${counted(all, "customer")}`;
  const rest = remaining === 0 ? "" : `  ${rateText(perS)}  ${etaText(etaS)}`;
  return `${remaining === 0 ? "✓" : " "} ${name.padEnd(8)}  ${bar(share)}  ${words}${rest}`.trimEnd();
}

function problemLines({ name, problems }: BackfillResource): readonly string[] {
  return problems.map(
    ({ from, to, message, attempt, nextAttemptAt }) =>
      `! a part of ${name} (${from?.slice(0, 10) ?? "the beginning"} to ${to.slice(0, 10)}) could not be read: ${message} ` +
      `Attempt ${attempt}; the next one is at ${nextAttemptAt.slice(11, 19)} UTC.`,
  );
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, Math.max(0, share)) * barWidth);
  return "█".repeat(full) + "░".repeat(barWidth - full);
}

/** What a run does, or would do, with all customers. */
export function planLines(plan: BackfillPlan): readonly string[] {
  const width = countText(plan.customers).length;
  const group = (count: number, [first = "", ...more]: readonly string[]): readonly string[] => [
    `  ${countText(count).padStart(width)}  ${first}`,
    ...more.map((line) => `  ${" ".repeat(width)}  ${line}`),
  ];
  const groups = (what: string, all: readonly BackfillGroup[]): readonly string[] =>
    all.flatMap((each) => group(each.count, groupLines(what, each)));
  return [
    `${counted(plan.customers, "customer")}:`,
    ...(plan.linked > 0 ? group(plan.linked, ["have their contact already"]) : []),
    ...groups("match a contact", plan.matched),
    ...groups("are one person with another customer", plan.grouped),
    ...groups("get a contact made", plan.created),
    ...groups("get no contact", plan.skipped),
    ...groups("wait for your decision", plan.quarantined),
    ...effortLines(plan),
  ];
}

/** A reason in a few words goes on the line, a whole sentence below it. */
function groupLines(what: string, { text, examples }: BackfillGroup): readonly string[] {
  const isSentence = /^\p{Lu}/u.test(text);
  return [...(isSentence ? [what, text] : [`${what} ${text}`]), ...examplesText(examples)];
}

function effortLines({ changes, calls, minutes }: BackfillPlan): readonly string[] {
  if (calls === 0) return ["Every contact shows what Stripe says; nothing is to be written."];
  const updates =
    changes === 1 ? "shows something else than Stripe says and is" : "show something else than Stripe says and are";
  return [
    `${counted(changes, "contact")} ${updates} updated.`,
    `That takes ${counted(calls, "call")} to Intercom, ${minutesText(minutes)} at the present budget.`,
  ];
}

function examplesText(examples: BackfillGroup["examples"]): readonly string[] {
  if (examples.length === 0) return [];
  const names = examples.map(({ customerId, label }) => (label === null ? customerId : `${label} (${customerId})`));
  return [`e.g. ${names.join(", ")}`];
}

function minutesText(minutes: number): string {
  if (minutes < 1) return "less than a minute";
  return minutes < 120 ? `about ${Math.ceil(minutes)} minutes` : `about ${(minutes / 60).toFixed(1)} hours`;
}

function rateText(perS: number | null): string {
  return perS === null ? "" : `${countText(Math.round(perS))}/s`;
}

/** `about 40 s left`. */
function etaText(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 120 ? `about ${seconds} s left` : `about ${Math.ceil(seconds / 60)} min left`;
}
