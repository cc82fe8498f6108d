/** From what events meant to the customers whose contacts may have to be written. */
import type { Outcome } from "../billing/apply.ts";
import type { JobRequest } from "../billing/store.ts";
import { fasterLane } from "../model/lane.ts";

/** One job per customer: the fastest lane that any of their events asks for. */
export function jobsOf(outcomes: readonly Outcome[]): readonly JobRequest[] {
  const jobs = new Map<string, JobRequest>();
  for (const { customerId, lane } of outcomes) {
    if (customerId === null || lane === null) continue;
    const known = jobs.get(customerId);
    jobs.set(customerId, {
      customerId,
      lane: known ? fasterLane(known.lane, lane) : lane,
      events: (known?.events ?? 0) + 1,
    });
  }
  return [...jobs.values()];
}
