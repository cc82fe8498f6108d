/** `dunlin pause`, `dunlin resume` and `dunlin status`: stop by hand, go on, and see how things stand. */
import type { Command } from "commander";
import type { Config } from "../config.ts";
import type { Pause } from "../connections/pause.ts";
import { listPauses } from "../connections/store.ts";
import type { Pool } from "../db/pool.ts";
import { countOpenEffects } from "../effects/store.ts";
import { countWaitingEvents } from "../events/store.ts";
import { listNodes } from "../queue/liveness.ts";
import { measureQueue } from "../queue/sync-jobs.ts";
import { listDead } from "../upkeep/dead-letters.ts";
import { pauseByHand, requireScope, resumeByHand, viewOfPause } from "../upkeep/pause-by-hand.ts";
import { listAccounts } from "../pipeline/explain-subject.ts";
import { CommandInvalid } from "./command-invalid.ts";
import { withInstallation } from "./connect.ts";
import { describeNodes } from "./nodes.ts";
import { tableLines } from "./table.ts";
import { say } from "./terminal.ts";
import { ageText, utcText } from "./times.ts";

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
    .argument("[scope]", "as for pause; without one, everything that people have paused")
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

/** `90s`, `30m`, `2h`, `3d` in milliseconds. Throws CommandInvalid. */
export function durationMs(text: string): number {
  const [, number, unit] = /^(\d{1,5})([smhd])$/.exec(text) ?? [];
  const ms = Number(number) * (units[unit ?? ""] ?? Number.NaN);
  if (!Number.isFinite(ms) || ms === 0)
    throw new CommandInvalid([`--for must be like 90s, 30m, 2h or 3d, not “${text}”.`]);
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
      ? `Nobody has paused ${scope ?? "anything"}.`
      : `${lifted.join(", ")}: resumed. What waited goes out now, urgent first.`,
  );
  for (const line of pauseLines(left)) say(line);
}

/** What stands still, in a few lines. */
export function pauseLines(pauses: readonly Pause[]): readonly string[] {
  return pauses.flatMap(({ scope, by, reason, since, until }) => [
    `! ${scope} is paused${byWhom[by]} since ${utcText(since.toISOString())}${until ? `, until ${utcText(until.toISOString())}` : ""}`,
    `    ${reason}`,
    `    → ${remedyOf(scope, by)}`,
  ]);
}

const byWhom: Readonly<Record<Pause["by"], string>> = {
  person: " by hand",
  dunlin: "",
  move: " by a move to another database",
};

function remedyOf(scope: string, by: Pause["by"]): string {
  if (by === "person") return `dunlin resume ${scope}`;
  if (by === "move") return "nothing while the move is under way; it ends the pause, or the pause lapses";
  return "mend the cause; it is tried again by itself. Check with: dunlin doctor";
}

async function runStatus(config: Config, json: boolean): Promise<void> {
  await withInstallation(config, async ({ pool }) => {
    const [pauses, queue, events, effects, { counts: dead }, nodes] = await Promise.all([
      listPauses(pool),
      measureQueue(pool),
      countEvents(pool),
      countOpenEffects(pool),
      listDead(pool, { limit: 1 }),
      listNodes(pool),
    ]);
    if (json)
      return say(JSON.stringify({ pauses: pauses.map(viewOfPause), queue, events, effects, dead, nodes }, null, 2));
    const letters = dead.reduce((sum, { count }) => sum + count, 0);
    const facts = [
      ["Contacts to write", `urgent ${queue.urgent}, calm ${queue.calm}, backfill ${queue.backfill}`],
      ["Oldest overdue", queue.backlogAgeMs === 0 ? "none" : ageText(queue.backlogAgeMs)],
      ["Events to look at", String(events.waiting)],
      ["Effects to send", String(effects)],
      ["Dead letters", letters === 0 ? "none" : `${letters}  → dunlin dead list`],
    ];
    for (const line of pauses.length === 0 ? ["✓ Nothing is paused."] : pauseLines(pauses)) say(line);
    for (const line of ["", ...tableLines(facts), "", ...describeNodes(nodes, Date.now())]) say(line);
  });
}

async function countEvents(pool: Pool): Promise<{ readonly waiting: number; readonly dead: number }> {
  const counts = await Promise.all((await listAccounts(pool)).map((account) => countWaitingEvents(pool, account)));
  return {
    waiting: counts.reduce((sum, { waiting }) => sum + waiting, 0),
    dead: counts.reduce((sum, { dead }) => sum + dead, 0),
  };
}
