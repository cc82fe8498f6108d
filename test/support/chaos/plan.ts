/** What a chaos run is asked for: by default a short one that no test run has to wait for. */
import { randomInt } from "node:crypto";
import type { ChaosPlan } from "./chaos.ts";

const shortEvents = 1000;
/** So fast that nodes which are killed every few seconds fall behind, and catch up again. */
const eventsPerS = 70;

type Environment = Readonly<Record<string, string | undefined>>;

/** `CHAOS_SEED` repeats a run, `CHAOS_EVENTS` makes it longer; a tenth as many customers as events. */
export function planFrom(env: Environment): ChaosPlan {
  const seed = Number(env["CHAOS_SEED"] ?? randomInt(1, 2 ** 31));
  const events = Number(env["CHAOS_EVENTS"] ?? shortEvents);
  if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(events) || events < 1)
    throw new Error("CHAOS_SEED and CHAOS_EVENTS must be whole numbers.");
  const isLong = events > shortEvents;
  return {
    seed,
    events,
    customers: Math.max(12, Math.round(events / 10)),
    stormMs: Math.max(20_000, Math.round((events / eventsPerS) * 1000)),
    calmMs: isLong ? 300_000 : 90_000,
    isPatient: isLong,
  };
}
