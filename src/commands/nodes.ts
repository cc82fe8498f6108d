/** `dunlin nodes`: which processes share the work, and what each of them does. */
import type { Command } from "commander";
import type { Config } from "../config.ts";
import type { Pool } from "../db/pool.ts";
import { listNodes, type NodeRow } from "../queue/liveness.ts";
import { withInstallation } from "./connect.ts";
import { tableLines } from "./table.ts";
import { say } from "./terminal.ts";
import { ageText } from "./times.ts";

/** Adds the command. */
export function registerNodes(program: Command, config: () => Config): void {
  program
    .command("nodes")
    .description("show which processes share the work: role, since when, share of the rate limits, duties")
    .option("--json", "print them as JSON")
    .action(({ json = false }: { readonly json?: boolean }) =>
      withInstallation(config(), async ({ pool }) => {
        const rows = await listNodes(pool);
        if (json) say(JSON.stringify(rows, null, 2));
        else for (const line of describeNodes(rows, Date.now())) say(line);
      }),
    );
}

/** Whether any running node takes jobs. */
export async function hasWorker(pool: Pool): Promise<boolean> {
  return (await listNodes(pool)).some(isWorking);
}

function isWorking({ alive, role }: NodeRow): boolean {
  return alive && role !== "web";
}

/** A table with one line for each node, and a remedy where nobody works. */
export function describeNodes(rows: readonly NodeRow[], nowMs: number): readonly string[] {
  if (rows.length === 0) return ["No node is running. Start one: dunlin start"];
  const cells = rows.map((row) => [
    shortId(row.id),
    row.role,
    row.alive
      ? `up ${ageText(nowMs - row.startedAt.getTime())}`
      : `silent for ${ageText(nowMs - row.seenAt.getTime())}`,
    isWorking(row) ? `${Math.round(row.share * 100)} %` : "–",
    `${row.host}${row.pid === null ? "" : `:${row.pid}`}`,
    row.version,
    row.alive ? row.duties.join(", ") || "–" : "–",
  ]);
  const works = rows.some(isWorking);
  return [
    ...tableLines([["NODE", "ROLE", "STATE", "SHARE", "MACHINE", "VERSION", "DUTIES"], ...cells]),
    ...(works
      ? []
      : [
          "",
          "! No node takes jobs: events are stored and nothing is written to Intercom.",
          "  → dunlin start --role worker",
        ]),
  ];
}

/** Enough of the id to tell nodes apart; the rest is in the JSON. */
function shortId(id: string): string {
  return id.slice(0, "node-".length + 8);
}
