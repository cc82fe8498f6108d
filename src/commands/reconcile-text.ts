/** How `dunlin reconcile` tells what a run does and what it found. Pure. */
import { counted, countText } from "./numbers.ts";
import { tableLines } from "./table.ts";
import { distanceText, durationText } from "./times.ts";
import { driftClasses, type Difference, type DriftClass, type Remedy } from "../upkeep/reconcile/drift.ts";
import type { StoredDrift } from "../upkeep/reconcile/drift-rows.ts";
import type { Run, RunProgress } from "../upkeep/reconcile/runs.ts";

/** What one of them is called, and several. */
const names: Readonly<Record<DriftClass, readonly [one: string, many: string]>> = {
  missed_event: ["missed event", "missed events"],
  lost_write: ["lost write", "lost writes"],
  foreign_edit: ["foreign edit", "foreign edits"],
  deleted: ["deleted", "deleted"],
  archived: ["archived", "archived"],
  merged: ["merged", "merged"],
  identity: ["identity", "identity"],
};

function nameOf(name: DriftClass, count: number): string {
  return names[name][count === 1 ? 0 : 1];
}

const meanings: Readonly<Record<DriftClass, string>> = {
  missed_event: "Stripe changed, and no event about it arrived",
  lost_write: "what we wrote, or should have written, is not there",
  foreign_edit: "somebody else changed the contact",
  deleted: "Stripe does not have it any more",
  archived: "the contact is archived or deleted in Intercom, or has come back",
  merged: "the contact was merged into another one",
  identity: "the contact seems to be somebody else, or has only now appeared",
};

const remedies: Readonly<Record<Remedy, string>> = {
  renewed: "our copy is renewed, the contact is brought up to date",
  rewritten: "written again",
  followed: "looked up again",
  left: "left as it is",
  reported: "only reported",
};

const phases: Readonly<Record<RunProgress["phase"], string>> = {
  stripe: "reading Stripe",
  judge: "waiting for events that may be on their way",
  contacts: "reading Intercom",
  unlisted: "reading contacts that were not listed",
  end: "ending",
};

/** One line: how far a run is. */
export function describeProgress({ id, state, progress, calls, counts }: Run): string {
  if (state === "queued") return `Run ${id} waits for a worker …`;
  const found = sumOf(counts);
  const parts = [
    `Run ${id}: ${phases[progress.phase]}`,
    `${counted(progress.objects, "object")} of Stripe (${counted(calls.stripe, "read")})`,
    ...(progress.contacts > 0 ? [contactsText(progress)] : []),
    `${countText(found)} found`,
  ];
  return parts.join(" · ");
}

function contactsText({ contacts, contactsTotal }: RunProgress): string {
  const total = contactsTotal === null ? "" : ` of ${countText(Math.max(contactsTotal, contacts))}`;
  return `${countText(contacts)}${total} contacts`;
}

function sumOf(counts: Run["counts"]): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** A run with its findings by class, each with examples and what was done. */
export function describeRun(run: Run, examples: readonly StoredDrift[]): readonly string[] {
  const { id, options, state, progress, calls, error } = run;
  const limits = [options.check ? "check only" : "", options.account === null ? "" : `account ${options.account}`];
  const remarks = limits.filter((text) => text !== "").join(", ");
  return [
    `Reconcile, run ${id}${remarks === "" ? "" : ` (${remarks})`}`,
    "",
    `  Stripe    ${counted(progress.objects, "object")} compared with our copies · ${counted(calls.stripe, "read")} of at most ${countText(options.calls)}`,
    ...(progress.stoppedIn === null
      ? []
      : [`            the reads were used up in ${progress.stoppedIn}; the next run goes on there`]),
    `  Intercom  ${contactsText(progress)} compared · ${counted(calls.intercom, "call")}`,
    ...(progress.busy === 0
      ? []
      : [`            ${countText(progress.busy)} were being written and are compared the next time`]),
    "",
    ...(error === null ? [] : [`  ✗ It failed: ${error.message} (${error.code})`, ""]),
    ...(state === "queued" || state === "running" ? [`  … ${describeProgress(run)}`, ""] : []),
    ...findings(run, examples),
  ];
}

function findings(run: Run, examples: readonly StoredDrift[]): readonly string[] {
  const found = driftClasses.filter((name) => (run.counts[name] ?? 0) > 0);
  if (found.length === 0) return run.state === "done" ? ["  ✓ Nothing differs."] : [];
  const counts = found.map((name) => countText(run.counts[name] ?? 0));
  const widths = {
    name: Math.max(...found.map((name) => nameOf(name, run.counts[name] ?? 0).length)),
    count: Math.max(...counts.map((count) => count.length)),
  };
  return [
    ...found.flatMap((name, index) => {
      const shown = examples.filter((drift) => drift.class === name);
      const more = (run.counts[name] ?? 0) - shown.length;
      return [
        `  ${(counts[index] ?? "").padStart(widths.count)} ${nameOf(name, run.counts[name] ?? 0).padEnd(widths.name)}  ${meanings[name]}`,
        ...shown.flatMap((drift) => driftLines(drift).map((line) => `  ${" ".repeat(widths.count)}   ${line}`)),
        ...(more > 0 ? [`  ${" ".repeat(widths.count)}   … and ${countText(more)} more`] : []),
        "",
      ];
    }),
    ...advice(run),
  ];
}

const differencesShown = 3;

function driftLines({ account, customerId, contactId, objectId, differences, done }: StoredDrift): readonly string[] {
  const who = [account === "main" ? null : account, customerId, objectId, contactId && `contact ${contactId}`];
  const more = differences.length - differencesShown;
  return [
    `${who.filter((part) => part !== null).join(" · ")} – ${remedies[done]}`,
    ...differences.slice(0, differencesShown).map((difference) => `    ${differenceText(difference)}`),
    ...(more > 0 ? [`    … and ${more} more`] : []),
  ];
}

function differenceText([field, expected, found]: Difference): string {
  return `${field}: ${valueText(found)} instead of ${valueText(expected)}`;
}

function valueText(value: Difference[1]): string {
  if (value === null) return "nothing";
  return typeof value === "string" && /\s/.test(value) ? `“${value}”` : String(value);
}

function advice({ id, options }: Run): readonly string[] {
  if (options.check) return ["  Nothing was changed. To repair what is ours: dunlin reconcile"];
  return [`  All of it as JSON: dunlin reconcile show ${id} --json`];
}

/** The last runs, one line each. */
export function describeRuns(runs: readonly Run[], nowMs: number): readonly string[] {
  if (runs.length === 0) return ["There was no run yet. Begin one: dunlin reconcile"];
  const rows = runs.map((run) => [
    String(run.id),
    run.state,
    distanceText((run.startedAt ?? run.askedAt).toISOString(), new Date(nowMs).toISOString()),
    run.startedAt && run.endedAt ? durationText(run.endedAt.getTime() - run.startedAt.getTime()) : "–",
    run.askedBy,
    run.options.check ? "check" : "repair",
    countsText(run),
  ]);
  return tableLines([["RUN", "STATE", "BEGUN", "TOOK", "BY", "MODE", "FOUND"], ...rows]);
}

function countsText({ counts, state, error }: Run): string {
  if (error) return error.code;
  const parts = driftClasses
    .filter((name) => counts[name])
    .map((name) => `${countText(counts[name] ?? 0)} ${nameOf(name, counts[name] ?? 0)}`);
  return parts.join(", ") || (state === "done" ? "nothing" : "–");
}
