/** The load generator, seen from the measurement: what to send, and what came back. */
import { nextMessage, endProgram, startProgram } from "./processes.ts";
import type { Traffic } from "./traffic.ts";

export type Sending = {
  readonly url: string;
  /** Of further nodes: events go to all of them in turn. */
  readonly furtherUrls?: readonly string[];
  readonly secret: string;
  readonly traffic: Traffic;
  readonly connections: number;
  /** Events a second; without it as fast as they are answered. */
  readonly rate?: number;
  /** Ends after so many seconds or so many events, whichever comes first. */
  readonly seconds?: number;
  readonly count?: number;
};

export type Sent = {
  readonly elapsedMs: number;
  readonly count: number;
  /** By event: when it was handed to the connection, and when its answer was complete. */
  readonly sentMs: Float64Array;
  readonly answeredMs: Float64Array;
  /** How many answers had which status; 0 is none. */
  readonly statuses: Readonly<Record<string, number>>;
};

/** Sends from a process of its own and answers what became of it. */
export async function send(sending: Sending): Promise<Sent> {
  const child = startProgram(new URL("sender-program.ts", import.meta.url), sending);
  const sent = await nextMessage<Sent>(child);
  await endProgram(child);
  return sent;
}

/** Milliseconds from sending to the answer. */
export function responseTimes({ sentMs, answeredMs }: Sent): Float64Array {
  return answeredMs.map((answered, index) => answered - (sentMs[index] ?? answered));
}

/** Answers that say that the event is stored. */
export function acceptedOf({ statuses }: Sent): number {
  return Object.entries(statuses).reduce((sum, [status, count]) => sum + (status.startsWith("2") ? count : 0), 0);
}

/** Fails when an event was not accepted: a figure over refused events would flatter. */
export function mustAllBeAccepted(sent: Sent): Sent {
  if (acceptedOf(sent) !== sent.count)
    throw new Error(`Not every event was accepted: ${JSON.stringify(sent.statuses)}.`);
  return sent;
}
