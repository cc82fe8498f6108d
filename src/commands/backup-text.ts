/** What backup, restore and move print. */
import type { BackupMade } from "../upkeep/backup/make-backup.ts";
import type { MoveDone } from "../upkeep/backup/move.ts";
import type { Restored } from "../upkeep/backup/restore.ts";
import { countText } from "./numbers.ts";
import { durationText, utcText } from "./times.ts";

type Rows = Readonly<Record<string, number>>;

const tableWidth = 24;

/** One table and how many rows it has; printed as soon as it is done. */
export function tableLine(table: string, rows: number): string {
  return `  ${table.padEnd(tableWidth)} ${countText(rows).padStart(12)}`;
}

/** What the backup holds, where it lies, and what else has to be kept. */
export function backupLines(
  made: BackupMade,
  { tookMs, keyPlace }: { readonly tookMs: number; readonly keyPlace: string },
): readonly string[] {
  return [
    tableLine("rows in all", sumOf(made.rows)),
    "",
    `✓ ${made.path}`,
    `  ${sizeText(made.bytes)} (${sizeText(made.unpackedBytes)} unpacked), as of ${utcText(made.madeAt)}, made and read back in ${durationText(tookMs)}`,
    `  sha256 of its content: ${made.sha256}`,
    "",
    `Keep ${keyPlace} too, in another place: without it the stored keys in the backup cannot be opened.`,
  ];
}

/** What was restored, and what to do next. */
export function restoredLines({ header, rows }: Restored, tookMs: number): readonly string[] {
  return [
    tableLine("rows in all", sumOf(rows)),
    "",
    `✓ Restored what Dunlin ${header.version} held on ${utcText(header.madeAt)} in ${durationText(tookMs)}; every count agrees.`,
  ];
}

/** What comes after a restore. */
export const restoredNext: readonly string[] = [
  "",
  "Next",
  "  1. dunlin start",
  "     It fetches from Stripe what has happened since, if that is at most 30 days ago.",
  "  2. dunlin reconcile",
  "     It compares Stripe and Intercom with what was restored, and repairs what differs.",
];

/** How long it paused, and what is left to do. */
export function movedLines(done: MoveDone, dataDir: string): readonly string[] {
  return [
    tableLine("rows in all", sumOf(done.rows)),
    "",
    `✓ Moved to ${done.to}; every count agrees.`,
    `  The copying paused Dunlin for ${durationText(done.pausedMs)}. This database now refuses every change.`,
    "",
    "Next",
    "  1. Set DATABASE_URL to the new address.",
    `  2. Keep ${dataDir} with its secret.key; on another machine, set DUNLIN_SECRET_KEY to the content of that file.`,
    ...startLines(done),
    `  4. When all is well, the embedded database is no longer needed: ${dataDir}/postgres.`,
  ];
}

function startLines({ running }: MoveDone): readonly string[] {
  if (running.length === 0) return ["  3. dunlin start"];
  return [
    `  3. Restart Dunlin, which still runs here (${running.join("; ")}).`,
    "     Until then it answers deliveries with 503, and Stripe sends them again.",
  ];
}

const sizeUnits = ["B", "kB", "MB", "GB", "TB"] as const;

/** `412 MB`, in powers of 1000 as disks are sold. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < sizeUnits.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)} ${sizeUnits[unit] ?? "B"}`;
}

function sumOf(rows: Rows): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}
