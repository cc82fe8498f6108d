/** `dunlin replay`: sends stored events, customers and dead letters through again. */
import { Option, type Command } from "commander";
import { deadKinds, replayRequest, type Replayed, type ReplayRequest } from "../../contract/dead.ts";
import type { Config } from "../config.ts";
import { parseInput } from "../http/input.ts";
import { AppError } from "../model/error.ts";
import { replay } from "../upkeep/replay.ts";
import { withInstallation } from "./connect.ts";
import { say } from "./terminal.ts";

/** It was not said what to replay. */
export class ReplayUnclear extends AppError {
  readonly code = "REPLAY_UNCLEAR";
  readonly kind = "invalid";
  constructor() {
    super("Say which dead letters: give their ids, or --kind, or --code, or --all. To see them: dunlin dead list");
  }
}

type DeadOptions = {
  readonly kind?: string;
  readonly code?: string;
  readonly all?: boolean;
  readonly json?: boolean;
};

/** Announces the commands. */
export function registerReplay(program: Command, config: () => Config): void {
  const command = program
    .command("replay")
    .description("send something through again; what Intercom has confirmed is never repeated");
  const json = ["--json", "print what was queued as JSON"] as const;
  command
    .command("event")
    .description("look again at what stored events are about")
    .argument("<events...>", "event ids (evt_…)")
    .option(...json)
    .action((events: string[], options: DeadOptions) => run(config(), { events }, options));
  command
    .command("customer")
    .description("read customers again from Stripe and look at their contacts")
    .argument("<customers...>", "customer ids (cus_…)")
    .option("--account <name>", "of which Stripe account; without it the main one")
    .option(...json)
    .action((customers: string[], { account, ...options }: DeadOptions & { readonly account?: string }) =>
      run(config(), { customers, ...(account === undefined ? {} : { account }) }, options),
    );
  command
    .command("dead")
    .description("send dead letters through again: by id, or all of a kind or code")
    .argument("[ids...]", "customer, event, effect or job ids")
    .addOption(new Option("--kind <kind>", "all of this kind").choices(deadKinds))
    .option("--code <code>", "all of this error code")
    .option("--all", "all there are")
    .option(...json)
    .action((ids: string[], options: DeadOptions) => run(config(), { dead: whichDead(ids, options) }, options));
}

/** Everything is sent through only when it was asked for in so many words. */
function whichDead(ids: readonly string[], { kind, code, all }: DeadOptions): unknown {
  if (ids.length > 0) return { ids };
  if (!all && kind === undefined && code === undefined) throw new ReplayUnclear();
  return { all: true, ...(kind === undefined ? {} : { kind }), ...(code === undefined ? {} : { code }) };
}

async function run(config: Config, wish: unknown, { json }: DeadOptions): Promise<void> {
  const request: ReplayRequest = parseInput(replayRequest, wish);
  await withInstallation(config, async ({ pool }) => {
    const done = await replay(pool, request);
    if (json) say(JSON.stringify(done, null, 2));
    else for (const line of replayedLines(done)) say(line);
    if (done.queued.length === 0 && done.refused.length > 0) process.exitCode = 1;
  });
}

const shownMax = 10;

/** What was queued and what was not. */
export function replayedLines({ queued, refused }: Replayed): readonly string[] {
  const names = queued.slice(0, shownMax).map(({ id }) => id);
  const more = queued.length > names.length ? ` and ${queued.length - names.length} more` : "";
  return [
    ...(queued.length === 0
      ? [refused.length === 0 ? "There is nothing to replay." : "Nothing was queued."]
      : [
          `Queued ${queued.length}: ${names.join(", ")}${more}.`,
          "The running server takes it up within seconds; without one it waits for the next start.",
        ]),
    ...refused.flatMap(({ id, reason }) => [`! ${id}: ${reason}`]),
  ];
}
