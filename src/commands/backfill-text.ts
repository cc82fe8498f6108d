/** A backfill in plain text: the plan, and how far it is. Pure. */
import type {
  BackfillCensus,
  BackfillCount,
  BackfillGroup,
  BackfillPlan,
  BackfillResource,
  BackfillRun,
} from "../../contract/backfill.ts";
import { tableLines } from "./table.ts";

const barWidth = 24;

/** How far a run is, as lines of a fixed order. */
export function progressLines(run: BackfillRun): readonly string[] {
  const { progress, phase } = run;
  if (!progress) return ["Waiting to begin …"];
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
        numberText(objects),
        isDone ? "" : rateText(perS),
        isDone ? "" : etaText(etaS),
      ];
    }),
  );
}

function censusLine({ state, contacts, total }: BackfillCensus): string {
  if (state === "not needed") return "  Intercom's contacts need no census";
  const of = total === null ? "" : ` of ${numberText(total)}`;
  return `${state === "complete" ? "✓" : " "} census of Intercom's contacts: ${numberText(contacts)}${of}`;
}

function countLine(name: string, { all, done, remaining, perS, etaS }: BackfillCount): string {
  const share = all === 0 ? 1 : done / all;
  const words = `${numberText(done)} of ${numberText(all)} customers`;
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
  const rows = [
    ...(plan.linked > 0 ? [["have their contact already", numberText(plan.linked), "", ""]] : []),
    ...groupRows("match a contact", plan.matched),
    ...groupRows("are one person with another customer", plan.grouped),
    ...groupRows("get a contact made", plan.created),
    ...groupRows("get no contact", plan.skipped),
    ...groupRows("wait for your decision", plan.quarantined),
  ];
  return [
    `${numberText(plan.customers)} customers:`,
    ...tableLines(rows).map((line) => `  ${line}`),
    `${numberText(plan.changes)} contacts show something else than Stripe says and are updated.`,
    `That takes ${numberText(plan.calls)} calls to Intercom, ${minutesText(plan.minutes)} at the present budget.`,
  ];
}

function groupRows(what: string, groups: readonly BackfillGroup[]): readonly (readonly string[])[] {
  return groups.map(({ text, count, examples }) => [what, numberText(count), text, examplesText(examples)]);
}

function examplesText(examples: BackfillGroup["examples"]): string {
  if (examples.length === 0) return "";
  return `e.g. ${examples.map(({ customerId, label }) => (label === null ? customerId : `${label} (${customerId})`)).join(", ")}`;
}

function minutesText(minutes: number): string {
  if (minutes < 1) return "less than a minute";
  return minutes < 120 ? `about ${Math.ceil(minutes)} minutes` : `about ${(minutes / 60).toFixed(1)} hours`;
}

function rateText(perS: number | null): string {
  return perS === null ? "" : `${numberText(Math.round(perS))}/s`;
}

/** `about 40 s left`. */
function etaText(seconds: number | null): string {
  if (seconds === null) return "";
  return seconds < 120 ? `about ${seconds} s left` : `about ${Math.ceil(seconds / 60)} min left`;
}

function numberText(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}
