/** How `dunlin rules` prints runs, one run with its steps, and a rehearsal. Pure. */
import type { RehearsedStep, RuleTest, Run, RunDetails, ShownRun } from "../../contract/rules-api.ts";
import { mainAccount } from "../connections/connection.ts";
import { stepName } from "./step-words.ts";
import { tableLines } from "./table.ts";
import { momentText } from "./times.ts";

/** A table with one line for each run. */
export function runLines(runs: readonly Run[], { hasMore }: { readonly hasMore: boolean }): readonly string[] {
  if (runs.length === 0) return ["There are no such runs."];
  const rows = runs.map((run) => [
    String(run.id),
    minuteText(run.matchedAt),
    run.rule,
    run.customerId,
    run.mode,
    stateText(run),
    whyText(run),
  ]);
  return [
    ...tableLines([["RUN", "SINCE (UTC)", "RULE", "CUSTOMER", "MODE", "STATE", "WHY"], ...rows], { right: [0] }),
    ...(hasMore ? ["", "There are more; narrow it down, or raise --limit."] : []),
  ];
}

function minuteText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)}`;
}

function stateText({ state, ended, waiting, arm, cancelling }: Run): string {
  if (ended) return ended.how.replace("_", " ");
  if (cancelling !== null) return "is being cancelled";
  if (state === "matched") return "to be judged";
  if (arm === "holdout" || arm === "not_yet") return arm.replace("_", " ");
  return waiting ? waitWords[waiting.for] : "running";
}

const waitWords = {
  step: "waits",
  effect: "waits for Intercom",
  message: "held back",
  approval: "waits for approval",
} as const;

function whyText({ ended, waiting, trigger, cancelling }: Run): string {
  if (ended) return ended.why ?? "";
  if (cancelling !== null) return cancelling;
  if (waiting?.until)
    return [`until ${minuteText(waiting.until)}`, ...(waiting.why === null ? [] : [waiting.why])].join(": ");
  return waiting?.for === "approval" ? "a draft is to be read" : triggerWords(trigger);
}

function triggerWords({ kind, name }: Run["trigger"]): string {
  return kind === "manual" || kind === "becomes" ? kind : `${kind} ${name}`;
}

/** Everything about one run: facts, its steps, and what can be done about it. */
export function runDetailLines(
  run: RunDetails & Partial<Pick<ShownRun, "eventId">>,
  nowIso: string,
): readonly string[] {
  const moment = (iso: string | null): string | null => (iso === null ? null : momentText(iso, nowIso));
  const facts: readonly (readonly [string, string | null])[] = [
    ["state", stateText(run)],
    ["why", reasonOf(run)],
    ["until", moment(run.waiting?.until ?? null)],
    ["customer", run.account === mainAccount ? run.customerId : `${run.customerId} (account ${run.account})`],
    ["rules", `version ${run.version}, ${run.mode}`],
    ["trigger", [triggerWords(run.trigger), run.trigger.objectId].filter((part) => part !== null).join(" ")],
    ["told by", run.eventId ?? null],
    ["arm", run.arm === null ? null : armWords[run.arm]],
    ["once for", run.onceKey],
    ["invoice", run.invoiceId],
    ["happened", moment(run.trigger.occurredAt)],
    ["began", moment(run.startedAt)],
    ["ended", moment(run.endedAt)],
  ];
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
  const width = Math.max(...known.map(([name]) => name.length));
  return [
    `Run ${run.id}  ${run.rule}`,
    ...known.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...(run.steps.length > 0 ? ["", ...stepLines(run)] : []),
    ...(run.draft === null ? [] : ["", "draft", ...indented(plainText(run.draft))]),
    ...remedies(run),
  ];
}

const armWords = {
  treated: "treated",
  holdout: "held out: left alone on purpose, to compare",
  not_yet: "outside of the share that the rule acts for",
} as const;

function reasonOf({ ended, cancelling, waiting }: RunDetails): string | null {
  const awaited = waiting?.for === "effect" ? `The effect ${waiting.why ?? ""} is on its way.` : waiting?.why;
  return ended?.why ?? cancelling ?? awaited ?? null;
}

const marks = { done: "✓", skipped: "–", waits: "…", failed: "✗" } as const;

/** What a message would have said stands below its step. */
function stepLines({ steps }: RunDetails): readonly string[] {
  const rows = tableLines(
    steps.map(({ at, path, kind, result, detail, effect }) => [
      `  ${marks[result]}`,
      `${at.slice(0, 10)} ${at.slice(11, 19)}`,
      stepName(kind),
      path,
      [effect, isHtml(detail) ? null : detail].filter((part) => part !== null).join("  "),
    ]),
  );
  return steps.flatMap(({ detail }, index) => [
    rows[index] ?? "",
    ...(isHtml(detail) ? ["", ...indented(plainText(detail)), ""] : []),
  ]);
}

function isHtml(detail: string | null): detail is string {
  return detail?.startsWith("<") === true;
}

function remedies({ id, state, approval, ended }: RunDetails): readonly string[] {
  if (approval === "wanted" && state !== "ended")
    return ["", "! The draft waits for a person.", `  → dunlin rules approve ${id}`, `  → dunlin rules reject ${id}`];
  return ended?.how === "failed" ? ["", "! It cannot go on; nothing more is done for this reason."] : [];
}

function indented(text: string): readonly string[] {
  return text.split("\n").map((line) => `    ${line}`.trimEnd());
}

/** What a rule would do now for a customer, with the texts as they would read. */
export function testLines({
  rule,
  customer,
  trigger,
  starts,
  why,
  arm,
  steps,
  later,
  ...test
}: RuleTest): readonly string[] {
  const name = customer.label === null ? customer.customerId : `${customer.label} (${customer.customerId})`;
  const made = trigger.isMadeUp
    ? ["  The facts of what triggers it are examples; no run of this customer has real ones."]
    : [];
  return [
    `${rule} for ${name}`,
    ...made,
    starts ? `✓ It would begin.${armText(arm)}` : `✗ It would not begin. ${why ?? ""} If it did:`,
    "",
    ...withoutLastBlank(steps.flatMap(rehearsedLines)),
    "",
    endText(test),
    ...(later.length > 0 ? ["", "Later it may say:", ""] : []),
    ...withoutLastBlank(
      later.flatMap(({ path, kind, ...said }) => [`  ${stepName(kind).padEnd(12)}  ${path}`, ...saidLines(kind, said)]),
    ),
  ];
}

function armText(arm: RuleTest["arm"]): string {
  if (arm === "holdout") return " But this customer is left alone on purpose (holdout). Else:";
  return arm === "not_yet" ? " But this customer is outside of its share. Else:" : "";
}

function rehearsedLines({ path, kind, result, detail, ...said }: RehearsedStep): readonly string[] {
  return [
    `  ${marks[result]} ${stepName(kind).padEnd(12)}  ${path}${detail === null ? "" : `  ${detail}`}`,
    ...saidLines(kind, said),
  ];
}

function saidLines(kind: string, { text, missing }: Pick<RehearsedStep, "text" | "missing">): readonly string[] {
  const head = kind === "ticket" ? "Title" : "Subject";
  const lines = [
    ...(text?.subject ? [`${head}: ${text.subject}`, ""] : []),
    ...(text ? plainText(text.body).split("\n") : []),
  ];
  return [
    ...(missing.length > 0 ? [`      ! not known: ${missing.join(", ")}`] : []),
    ...lines.map((line) => `      ${line}`.trimEnd()),
    ...(lines.length + missing.length > 0 ? [""] : []),
  ];
}

function withoutLastBlank(lines: readonly string[]): readonly string[] {
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/** HTML as texts of rules have it, readable on a terminal. */
function plainText(html: string): string {
  return html
    .replaceAll(/<br\s*\/?>/g, "\n")
    .replaceAll(/<\/li>(?=<li>)/g, "\n")
    .replaceAll("<li>", "- ")
    .replaceAll(/<\/(p|h\d|ul|ol)>(?=.)/g, "\n\n")
    .replaceAll(/<a [^>]*href="([^"]*)"[^>]*>(.*?)<\/a>/g, "$2 ($1)")
    .replaceAll(/<[^>]+>/g, "")
    .replaceAll(/&(amp|lt|gt|quot|#39);/g, (whole, name: string) => entities[name] ?? whole);
}

const ends: Readonly<Record<string, string>> = {
  finished: "It would have come to its end then",
  stopped: "It would stop then",
  over: "It would be over then",
  failed: "It would fail then",
};

function endText({ goesOnAt, ended }: Pick<RuleTest, "goesOnAt" | "ended">): string {
  if (ended) {
    const end = ends[ended.how] ?? ended.how;
    return ended.why === null ? `${end}.` : `${end}: ${ended.why.replace(/\.$/, "")}.`;
  }
  return goesOnAt === null ? "It would go on from there." : `It would go on at ${minuteText(goesOnAt)} UTC, or sooner.`;
}
