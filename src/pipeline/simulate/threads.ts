/** Shares a simulation between threads; where they cannot be started (from sources that Node does not read), it is done here. */
import { Worker } from "node:worker_threads";
import { AppError } from "../../model/error.ts";
import { simulatePart, type PartProgress, type PartResult } from "./part.ts";
import type { SimulationTask } from "./task.ts";
import type { ThreadNews, ThreadOrder } from "./worker.ts";

/** A thread of the simulation failed. */
export class SimulationFailed extends AppError {
  readonly code = "SIMULATION_FAILED";
  readonly kind = "bug";
  constructor(cause: { readonly code: string; readonly message: string }) {
    super(`The simulation ended early (${cause.code}): ${cause.message}`);
  }
}

export type ThreadSettings = {
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress: (progress: PartProgress) => void;
};

/** The results of all parts. Throws when the signal is aborted. */
export async function simulateParts(task: SimulationTask, settings: ThreadSettings): Promise<readonly PartResult[]> {
  settings.signal?.throwIfAborted();
  const { threads } = settings;
  const told = new Map<number, PartProgress>();
  const tell = (index: number, progress: PartProgress): void => {
    told.set(index, progress);
    const all = [...told.values()];
    settings.onProgress({ people: sum(all.map((one) => one.people)), events: sum(all.map((one) => one.events)) });
  };
  const stop = new AbortController();
  const signal = settings.signal ? AbortSignal.any([settings.signal, stop.signal]) : stop.signal;
  const parts = Array.from({ length: threads }, (_, index) => ({ index, of: threads }));
  try {
    const results = await Promise.all(
      parts.map((part) => inThread({ task, part }, { signal, onProgress: (progress) => tell(part.index, progress) })),
    );
    const started = results.filter((result) => result !== "not started");
    if (started.length === results.length) return started;
  } catch (error) {
    stop.abort();
    throw error;
  }
  const onProgress = (progress: PartProgress): void => tell(0, progress);
  return [await simulatePart(task, { index: 0, of: 1 }, { signal: settings.signal, onProgress })];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

/** Beside this file, compiled or not. */
const program = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

type OneThread = { readonly signal: AbortSignal; readonly onProgress: (progress: PartProgress) => void };

/** Resolves with "not started" when the thread's program could not even be loaded. */
function inThread(order: ThreadOrder, { signal, onProgress }: OneThread): Promise<PartResult | "not started"> {
  const worker = new Worker(program, { workerData: order });
  return new Promise<PartResult | "not started">((resolve, reject) => {
    let isReady = false;
    const abort = (): void =>
      reject(signal.reason instanceof Error ? signal.reason : new Error("The simulation was ended."));
    signal.addEventListener("abort", abort, { once: true });
    worker.on("message", (news: ThreadNews) => {
      if ("ready" in news) isReady = true;
      else if ("progress" in news) onProgress(news.progress);
      else if ("result" in news) resolve(news.result);
      else reject(new SimulationFailed(news.failure));
    });
    worker.on("error", (error: unknown) => {
      if (isReady) reject(error instanceof Error ? error : new Error(String(error)));
      else resolve("not started");
    });
    worker.on("exit", () =>
      reject(new SimulationFailed({ code: "THREAD_ENDED", message: "a thread ended unexpectedly" })),
    );
  }).finally(() => void worker.terminate());
}
