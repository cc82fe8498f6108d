/** `dunlin pause`, `dunlin resume` and `dunlin status`: stop by hand, go on, and see how things stand. */
import type { Command } from "commander";
import { ConfigInvalid, type Config } from "../config.ts";
import type { Pause } from "../connections/pause.ts";
import { listPauses } from "../connections/store.ts";
import type { Pool } from "../db/pool.ts";
import { countWaitingEvents } from "../events/store.ts";
import { listNodes } from "../queue/liveness.ts";
import { measureQueue } from "../queue/sync-jobs.ts";
import { pauseByHand, requireScope, resumeByHand, viewOfPause } from "../upkeep/pause-by-hand.ts";
import { listAccounts } from "../pipeline/explain-subject.ts";
import { withInstallation } from "./connect.ts";
import { describeNodes } from "./nodes.ts";
import { say } from "./terminal.ts";

/** Adds the commands. */
export function registerPause(program: Command, config: () => Config): void {
  program
    .command("pause")
    .description("stop by hand; nothing is lost, and what waits goes out when you resume")
    .argument(
      "[scope]",
      "all, intake, intercom, stripe, stripe:<account>, lane:urgent, lane:calm, lane:backfill",
      "all",
    )
    .requiredOption("--reason <text>", "why, for whoever finds it paused")
    .option("--for <duration>", "ends by itself after e.g. 30m, 2h or 3d")
    .action((scope: string, options: { readonly reason: string; readonly for?: string }) =>
      runPause(config(), scope, options),
    );
  program
    .command("resume")
    .description("lift what people have paused: one scope, or everything; urgent work goes first")
    .argument("[scope]", "as of pause")
    .action((scope: string | undefined) => runResume(config(), scope));
  program
    .command("status")
    .description("how things stand: pauses, queues, nodes")
    .option("--json", "print it as JSON")
    .action(({ json = false }: { readonly json?: boolean }) => runStatus(config(), json));
}

async function runPause(
  config: Config,
  text: string,
  { reason, for: duration }: { readonly reason: string; readonly for?: string },
): Promise<void> {
  const scope = requireScope(text);
  const lastsMs = duration === undefined ? null : durationMs(duration);
  await withInstallation(config, ({ pool }) => pauseByHand(pool, { scope, reason, lastsMs }));
  say(`${scope} is paused${duration === undefined ? "" : ` for ${duration}`}; every node obeys within a second.`);
  say(`To go on: dunlin resume ${scope}`);
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90s`, `30m`, `2h`, `3d` in milliseconds. Throws ConfigInvalid. */
export function durationMs(text: string): number {
  const [, number, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (units[unit ?? ""] ?? Number.NaN);
  if (!Number.isFinite(ms) || ms === 0)
    throw new ConfigInvalid([`--for must be like 90s, 30m, 2h or 3d, not “${text}”.`]);
  return ms;
}

async function runResume(config: Config, text: string | undefined): Promise<void> {
  const scope = text === undefined ? null : requireScope(text);
  const { lifted, left } = await withInstallation(config, async ({ pool }) => ({
    lifted: await resumeByHand(pool, scope),
    left: await listPauses(pool),
  }));
  say(
    lifted.length === 0
      ? "Nobody has paused that."
      : `${lifted.join(", ")}: resumed. What waited goes out now, urgent first.`,
  );
  for (const line of pauseLines(left)) say(line);
}

/** What stands still, in a few lines. */
export function pauseLines(pauses: readonly Pause[]): readonly string[] {
  return pauses.flatMap(({ scope, by, reason, since, until }) => [
    `! ${scope} is paused since ${timeText(since)}${until ? `, until ${timeText(until)}` : ""}${by === "person" ? " by hand" : by === "move" ? " by a move to another database" : ""}`,
    `    ${reason}`,
    `    → ${remedyOf(scope, by)}`,
  ]);
}

function remedyOf(scope: string, by: Pause["by"]): string {
  if (by === "person") return `dunlin resume ${scope}`;
  if (by === "move") return "nothing while the move is under way; it ends the pause, or the pause lapses";
  return "mend the cause; it is tried again by itself. Check with: dunlin doctor";
}

function timeText(at: Date): string {
  return at
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
}

async function runStatus(config: Config, json: boolean): Promise<void> {
  await withInstallation(config, async ({ pool }) => {
    const [pauses, queue, events, nodes] = await Promise.all([
      listPauses(pool),
      measureQueue(pool),
      countEvents(pool),
      listNodes(pool),
    ]);
    if (json) return say(JSON.stringify({ pauses: pauses.map(viewOfPause), queue, events, nodes }, null, 2));
    for (const line of pauses.length === 0 ? ["✓ Nothing is paused."] : pauseLines(pauses)) say(line);
    say();
    const backlog = Math.round(queue.backlogAgeMs / 1000);
    say(`Contacts to write   urgent ${queue.urgent}, calm ${queue.calm}, backfill ${queue.backfill}`);
    say(`Oldest overdue      ${backlog === 0 ? "none" : `${backlog} s`}`);
    say(`Events to look at   ${events.waiting}`);
    say(`Dead letters        ${queue.dead + events.dead}${queue.dead + events.dead > 0 ? "  → dunlin dead list" : ""}`);
    say();
    for (const line of describeNodes(nodes, Date.now())) say(line);
  });
}

async function countEvents(pool: Pool): Promise<{ readonly waiting: number; readonly dead: number }> {
  const counts = await Promise.all((await listAccounts(pool)).map((account) => countWaitingEvents(pool, account)));
  return {
    waiting: counts.reduce((sum, { waiting }) => sum + waiting, 0),
    dead: counts.reduce((sum, { dead }) => sum + dead, 0),
  };
}
