/** `dunlin effects`: what was done in Intercom, what is still to be done, and what a person has to decide. */
import { Option, type Command } from "commander";
import {
  effectQuery,
  effectStates,
  entryKinds,
  type EffectDetails,
  type EffectEntry,
  type EffectQuery,
  type ShownEffect,
} from "../../contract/effect.ts";
import type { RuleOrigin } from "../../contract/rule-origin.ts";
import type { Config } from "../config.ts";
import { mainAccount } from "../connections/connection.ts";
import { listEntries } from "../effects/store.ts";
import { decideEffect } from "../pipeline/decide-effect.ts";
import { showEffect } from "../pipeline/show-effect.ts";
import { withInstallation } from "./connect.ts";
import { triggerText } from "./rule-origin-text.ts";
import { tableLines } from "./table.ts";
import { say } from "./terminal.ts";
import { momentText } from "./times.ts";

type Output = { readonly json?: boolean };
type ListOptions = Output & Omit<EffectQuery, "limit"> & { readonly limit: string };
type SettleOptions = Output & { readonly as: "confirmed" | "failed" };

/** Adds the command and its three verbs. */
export function registerEffects(program: Command, config: () => Config): void {
  const effects = program.command("effects").description("what was done in Intercom, and what became of it");

  effects
    .command("list", { isDefault: true })
    .description("list the ledger, newest first")
    .option("--customer <id>", "only of this Stripe customer")
    .option("--account <name>", "only of this Stripe account")
    .addOption(new Option("--state <state>", "only in this state").choices(effectStates))
    .addOption(new Option("--kind <kind>", "only of this kind").choices(entryKinds))
    .option("--limit <count>", "how many, 200 at most", "50")
    .option("--json", "print them as JSON")
    .action(({ json = false, ...options }: ListOptions) =>
      withInstallation(config(), async ({ pool }) => {
        const page = await listEntries(pool, effectQuery.parse(options));
        if (json) say(JSON.stringify(page, null, 2));
        else for (const line of describeList(page.effects, page.next !== null)) say(line);
      }),
    );

  effects
    .command("show <id>")
    .description("show one entry with what was asked for and what came of it")
    .option("--json", "print it as JSON")
    .action((id: string, { json = false }: Output) =>
      withInstallation(config(), async ({ pool }) => print(await showEffect(pool, id), json)),
    );

  effects
    .command("settle <id>")
    .description("decide what became of an effect: it is there (confirmed), or it is not to be sent (failed)")
    .addOption(new Option("--as <state>", "what it counts as").choices(["confirmed", "failed"]).makeOptionMandatory())
    .option("--json", "print it as JSON")
    .action((id: string, { as, json = false }: SettleOptions) =>
      withInstallation(config(), async ({ pool }) => print(await decideEffect(pool, id, as), json)),
    );
}

/** An entry, with the rule behind it where that was asked for. */
type Shown = EffectDetails & Partial<Pick<ShownEffect, "rule">>;

function print(entry: Shown, json: boolean): void {
  if (json) return say(JSON.stringify(entry, null, 2));
  for (const line of describeEntry(entry, new Date().toISOString())) say(line);
}

/** A table with one line for each entry, and what to do about those that need somebody. */
export function describeList(entries: readonly EffectEntry[], hasMore: boolean): readonly string[] {
  if (entries.length === 0) return ["The ledger has no such entry."];
  const rows = entries.map((entry) => [
    entry.id,
    `${entry.plannedAt.slice(0, 10)} ${entry.plannedAt.slice(11, 19)}`,
    entry.kind,
    entry.state,
    entry.customerId,
    entry.error === null ? entry.key : entry.error.code,
  ]);
  const failed = entries.filter(({ state }) => state === "failed");
  return [
    ...tableLines([["EFFECT", "PLANNED (UTC)", "KIND", "STATE", "CUSTOMER", "KEY OR ERROR"], ...rows]),
    ...(hasMore ? ["", "There are more; narrow it down, or raise --limit."] : []),
    ...(failed.length === 0 ? [] : ["", ...remedy(failed[0]?.id ?? "")]),
  ];
}

/** Everything about one entry, a fact on each line. */
export function describeEntry(entry: Shown, nowIso: string): readonly string[] {
  const moment = (iso: string | null): string => (iso === null ? "–" : momentText(iso, nowIso));
  const facts: readonly (readonly [string, string | null])[] = [
    ["state", entry.endedHow === null ? entry.state : `${entry.state} (${how[entry.endedHow]})`],
    ["key", entry.key],
    ["customer", entry.account === mainAccount ? entry.customerId : `${entry.customerId} (account ${entry.account})`],
    ["contact", entry.contactId],
    ["guarantee", entry.guarantee],
    ["planned", moment(entry.plannedAt)],
    ["sent", entry.attempt > 1 ? `${moment(entry.sentAt)}, attempt ${entry.attempt}` : moment(entry.sentAt)],
    ["ended", moment(entry.endedAt)],
    ["in Intercom", entry.objectId],
    ["conversation", entry.conversationId],
    ["request id", entry.requestId],
    ["error", entry.error === null ? null : `${entry.error.code}: ${entry.error.message}`],
  ];
  const known = facts.filter((fact): fact is readonly [string, string] => fact[1] !== null);
  const width = Math.max(...known.map(([name]) => name.length));
  return [
    `${entry.id}  ${entry.kind}`,
    ...known.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...(entry.rule ? ruleLines(entry.rule, nowIso) : []),
    "  asked for",
    ...askedLines(entry).map((line) => `    ${line}`),
    ...(entry.state === "failed" ? ["", ...remedy(entry.id)] : []),
  ];
}

/** Which rule asked for it, and why. */
function ruleLines(origin: RuleOrigin, nowIso: string): readonly string[] {
  const { rule, version, runId, path } = origin;
  return [
    "  asked by",
    `    the rule ${rule} (version ${version}${path === null ? "" : `, ${path}`})`,
    `    ${triggerText(origin, nowIso)}`,
    `    → dunlin rules run ${runId}`,
  ];
}

/** Attributes as what they went from and to, anything else as it was asked for. */
function askedLines({ kind, effect }: EffectDetails): readonly string[] {
  const changes: unknown = effect["changes"];
  if (kind !== "attributes" || !Array.isArray(changes)) return JSON.stringify(effect, null, 2).split("\n");
  return tableLines(changes.filter((change) => Array.isArray(change)).map(changeCells));
}

function changeCells([name, before, after]: readonly unknown[]): readonly string[] {
  return [String(name), `${valueText(before)} → ${valueText(after)}`];
}

function valueText(value: unknown): string {
  if (value === null) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const how = { answer: "Intercom answered", look: "found in Intercom", person: "decided by a person" } as const;

function remedy(id: string): readonly string[] {
  return [
    "! What failed waits for you: mend the cause and replay it, or say that it is done.",
    `  → dunlin replay dead ${id}`,
    `  → dunlin effects settle ${id} --as confirmed`,
  ];
}
