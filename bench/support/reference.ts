/** The reference beside the ingest figure: what this machine stores when nothing is done but storing. */
import { join } from "node:path";
import { webhookSecret } from "./dunlin.ts";
import { endProgram, nextMessage, startProgram, temporaryFolder } from "./processes.ts";
import { mustAllBeAccepted, send } from "./sender.ts";
import type { Traffic } from "./traffic.ts";

export type ReferenceOrder = { readonly dataDir: string; readonly secret: string };
export type ReferenceReady = { readonly url: string };

/** Events that the reference stores in a second, with the same bodies and connections as the server is given. */
export async function measureReference(
  traffic: Traffic,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<number> {
  const dataDir = join(await temporaryFolder(), "data");
  const child = startProgram(new URL("reference-program.ts", import.meta.url), { dataDir, secret: webhookSecret });
  const { url } = await nextMessage<ReferenceReady>(child);
  const sent = mustAllBeAccepted(await send({ url, secret: webhookSecret, traffic, connections, seconds }));
  await endProgram(child);
  return (sent.count * 1000) / sent.elapsedMs;
}
