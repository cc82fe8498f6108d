/** From what events meant to the customers whose contacts may have to be written. */
import type { Outcome } from "../billing/apply.ts";
import type { JobRequest } from "../billing/store.ts";
import type { ObjectKind } from "../model/stripe-object.ts";
import { fasterLane } from "../model/lane.ts";

const nothing: ReadonlySet<ObjectKind> = new Set();

/** One job per customer: the fastest lane that any of their events asks for. `urgent` are kinds whose changes all are. */
export function jobsOf(outcomes: readonly Outcome[], urgent: ReadonlySet<ObjectKind> = nothing): readonly JobRequest[] {
  const jobs = new Map<string, JobRequest>();
  for (const { customerId, lane: own, kind } of outcomes) {
    if (customerId === null || own === null) continue;
    const lane = kind !== undefined && urgent.has(kind) ? "urgent" : own;
    const known = jobs.get(customerId);
    jobs.set(customerId, {
      customerId,
      lane: known ? fasterLane(known.lane, lane) : lane,
      events: (known?.events ?? 0) + 1,
    });
  }
  return [...jobs.values()];
}
