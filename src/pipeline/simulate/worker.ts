/** The program of a thread: simulates the part that it is given, and tells how far it is. */
import { parentPort, workerData } from "node:worker_threads";
import { codeOf, messageOf } from "../../model/error.ts";
import { simulatePart, type PartProgress, type PartResult } from "./part.ts";
import type { Part } from "./journal.ts";
import type { SimulationTask } from "./task.ts";

/** What a thread is started with. */
export type ThreadOrder = { readonly task: SimulationTask; readonly part: Part };

/** What a thread tells. */
export type ThreadNews =
  | { readonly ready: true }
  | { readonly progress: PartProgress }
  | { readonly result: PartResult }
  | { readonly failure: { readonly code: string; readonly message: string } };

/** The order was sent by threads.ts. */
function orderOf(data: unknown): ThreadOrder {
  return data as ThreadOrder; // oxlint-disable-line no-unsafe-type-assertion -- see above
}

async function work(tell: (news: ThreadNews) => void): Promise<void> {
  const { task, part } = orderOf(workerData);
  tell({ ready: true });
  try {
    tell({ result: await simulatePart(task, part, { onProgress: (progress) => tell({ progress }) }) });
  } catch (error) {
    tell({ failure: { code: codeOf(error), message: messageOf(error) } });
  }
}

if (parentPort) {
  const port = parentPort;
  await work((news) => port.postMessage(news));
}
