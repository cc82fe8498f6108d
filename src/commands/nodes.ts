/** `dunlin nodes`: which processes share the work, and what each of them does. */
import type { Command } from "commander";
import type { Config } from "../config.ts";
import { listNodes, type NodeRow } from "../queue/liveness.ts";
import { withInstallation } from "./connect.ts";
import { say } from "./terminal.ts";

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

/** A table with one line for each node, and a remedy where nobody works. */
export function describeNodes(rows: readonly NodeRow[], nowMs: number): readonly string[] {
  if (rows.length === 0) return ["No node is running. Start one: dunlin start"];
  const cells = rows.map((row) => [
    shortId(row.id),
    row.role,
    row.alive ? `up ${age(row.startedAt, nowMs)}` : `silent for ${age(row.seenAt, nowMs)}`,
    row.alive && row.role !== "web" ? `${Math.round(row.share * 100)} %` : "–",
    `${row.host}${row.pid === null ? "" : `:${row.pid}`}`,
    row.version,
    row.alive ? row.duties.join(", ") || "–" : "–",
  ]);
  const works = rows.some(({ alive, role }) => alive && role !== "web");
  return [
    ...table([["NODE", "ROLE", "STATE", "SHARE", "MACHINE", "VERSION", "DUTIES"], ...cells]),
    ...(works
      ? []
      : [
          "",
          "! No node takes jobs: events are stored and nothing is written to Intercom.",
          "  → dunlin start --role worker",
        ]),
  ];
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** Enough of the id to tell nodes apart; the rest is in the JSON. */
function shortId(id: string): string {
  return id.slice(0, "node-".length + 8);
}

function age(since: Date, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - since.getTime()) / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
