/** The Pulse page's data. */
import type { FastifyInstance } from "fastify";
import type { Pulse } from "../../contract/pulse.ts";
import { kept } from "../lib/kept.ts";

export type PulseSource = {
  readonly read: () => Promise<Pulse>;
  readonly nowMs: () => number;
};

/** Many open tabs cost no more than one. */
const keptMs = 500;

/** Adds `GET /api/pulse`. */
export function addPulse(server: FastifyInstance, { read, nowMs }: PulseSource): void {
  const readKept = kept(keptMs, nowMs, read);
  server.get("/api/pulse", async (_request, reply) => {
    void reply.header("cache-control", "no-store");
    return readKept();
  });
}
