/** What processes cost: memory and processor time, from Linux' own books; null elsewhere. */
import { readdir, readFile } from "node:fs/promises";

/** Linux counts processor time in hundredths of a second, whatever the machine. */
const ticksPerS = 100;

export type Usage = {
  /** Resident memory now, and the most there ever was. */
  readonly rssMb: number;
  readonly rssPeakMb: number;
  /** Processor seconds of the process itself. */
  readonly cpuS: number;
  /** Processor seconds of its children that still run: the embedded database. */
  readonly childrenCpuS: number;
};

/** The usage of a process; null where there is no /proc. */
export async function usageOf(pid: number): Promise<Usage | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => null);
  if (status === null) return null;
  const own = await cpuOf(pid);
  const children = await Promise.all((await descendantsOf(pid)).map(cpuOf));
  return {
    rssMb: megabytes(status, "VmRSS"),
    rssPeakMb: megabytes(status, "VmHWM"),
    cpuS: own,
    childrenCpuS: children.reduce((sum, cpu) => sum + cpu, 0),
  };
}

/** Microseconds of processor time per item between two readings. */
export function cpuPerItem(before: Usage | null, after: Usage | null, items: number): object | null {
  if (before === null || after === null || items === 0) return null;
  const perItem = (seconds: number): number => Math.round((seconds * 1e6) / items);
  return {
    serverUs: perItem(after.cpuS - before.cpuS),
    databaseUs: perItem(after.childrenCpuS - before.childrenCpuS),
  };
}

function megabytes(status: string, name: string): number {
  return Math.round(Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? 0) / 1024);
}

/** Fields 14 and 15 of /proc/<pid>/stat, with those of its ended children (16 and 17): database workers come and go. */
async function cpuOf(pid: number): Promise<number> {
  const fields = await statOf(pid);
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerS;
}

async function descendantsOf(pid: number): Promise<readonly number[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const parents = await Promise.all(pids.map(async (each) => [each, Number((await statOf(each))[1])] as const));
  const found = new Set([pid]);
  for (let grew = true; grew;) {
    const before = found.size;
    for (const [each, parent] of parents) if (found.has(parent)) found.add(each);
    grew = found.size > before;
  }
  found.delete(pid);
  return [...found];
}

/** The fields after the name, which may hold blanks itself: state, parent, … */
async function statOf(pid: number): Promise<readonly string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}
