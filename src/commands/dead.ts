/** `dunlin dead`: what waits for a person, why, and what to do about it. */
import { Option, type Command } from "commander";
import { deadKinds, deadQuery, type DeadLetter, type DeadList } from "../../contract/dead.ts";
import type { Config } from "../config.ts";
import { parseInput } from "../http/input.ts";
import { getDead, listDead } from "../upkeep/dead-letters.ts";
import { withInstallation } from "./connect.ts";
import { tableLines } from "./table.ts";
import { say } from "./terminal.ts";
import { momentText } from "./times.ts";

type ListOptions = {
  readonly kind?: string;
  readonly code?: string;
  readonly limit: string;
  readonly json?: boolean;
};

/** Announces the commands. */
export function registerDead(program: Command, config: () => Config): void {
  const dead = program.command("dead").description("dead letters: what Dunlin has stopped trying");
  dead
    .command("list")
    .description("list them, the oldest first")
    .addOption(new Option("--kind <kind>", "only these").choices(deadKinds))
    .option("--code <code>", "only those of this error code")
    .option("--limit <n>", "how many to show (1 to 1000)", "100")
    .option("--json", "print them as JSON, as GET /api/dead answers them")
    .action((options: ListOptions) => runList(config(), options));
  dead
    .command("show")
    .description("one of them: what happened, and what to do about it")
    .argument("<id>", "customer, event, effect or job id")
    .option("--json", "print it as JSON")
    .action((id: string, options: { readonly json?: boolean }) => runShow(config(), id, options));
}

async function runList(config: Config, { json, ...options }: ListOptions): Promise<void> {
  const query = parseInput(deadQuery, options);
  await withInstallation(config, async ({ pool }) => {
    const list = await listDead(pool, query);
    if (json) return say(JSON.stringify(list, null, 2));
    for (const line of listLines(list, new Date().toISOString())) say(line);
  });
}

async function runShow(config: Config, id: string, { json }: { readonly json?: boolean }): Promise<void> {
  await withInstallation(config, async ({ pool }) => {
    const letter = await getDead(pool, id);
    if (json) return say(JSON.stringify(letter, null, 2));
    for (const line of letterLines(letter, new Date().toISOString())) say(line);
  });
}

/** A table of dead letters, and for each code what to do. */
export function listLines({ letters, counts }: DeadList, now: string): readonly string[] {
  if (counts.length === 0) return ["✓ There are no dead letters."];
  const total = counts.reduce((sum, { count }) => sum + count, 0);
  const rows = letters.map(({ id, kind, code, attempts, since }) => [
    id,
    kind,
    code,
    String(attempts),
    since === null ? "" : momentText(since, now),
  ]);
  const remedies = new Map(letters.map(({ code, remedy }) => [code, remedy]));
  return [
    ...tableLines([["ID", "KIND", "CODE", "ATTEMPTS", "SINCE"], ...rows]),
    ...(total > letters.length ? [`… and ${total - letters.length} more.`] : []),
    "",
    ...counts.flatMap(({ kind, code, count }) => [
      `${count} × ${code} (${kind})`,
      `  → ${remedies.get(code) ?? "See docs/reference/errors.md."}`,
      `  → Then: dunlin replay dead --kind ${kind} --code ${code}`,
    ]),
  ];
}

/** One dead letter. */
export function letterLines(letter: DeadLetter, now: string): readonly string[] {
  const { id, kind, account, customerId, what, code, message, remedy, attempts, since, replay } = letter;
  return [
    `${id}: ${what}`,
    "",
    ...tableLines([
      ["kind", kind],
      ...(account === null ? [] : [["account", account]]),
      ...(customerId === null ? [] : [["customer", customerId]]),
      ...(since === null ? [] : [["since", momentText(since, now)]]),
      ["attempts", String(attempts)],
      ["error", code],
      ["", message],
    ]),
    "",
    `→ ${remedy}`,
    `→ Then: ${replay}`,
  ];
}
