/** The Pulse page's data. */
import type { FastifyInstance } from "fastify";
import type { Pulse } from "../../contract/pulse.ts";

export type PulseSource = {
  readonly read: () => Promise<Pulse>;
  readonly nowMs: () => number;
};

/** Many open tabs cost no more than one. */
const keptMs = 500;

/** Adds `GET /api/pulse`. */
export function addPulse(server: FastifyInstance, { read, nowMs }: PulseSource): void {
  let kept: { readonly untilMs: number; readonly pulse: Promise<Pulse> } | undefined;
  server.get("/api/pulse", async (_request, reply) => {
    if (!kept || kept.untilMs < nowMs()) kept = { untilMs: nowMs() + keptMs, pulse: read() };
    void reply.header("cache-control", "no-store");
    return kept.pulse;
  });
}
