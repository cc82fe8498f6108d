/** The situations that the Pulse page can be looked at in. */
import type { Pulse } from "../../contract/pulse.ts";

const scenarios = ["flowing", "empty", "paused", "busy", "signed-out", "failing", "loading"] as const;
export type Scenario = (typeof scenarios)[number];

/** The scenario named in the address of the page, `flowing` without one. */
export function scenarioOf(pageUrl: string | undefined): Scenario {
  const named = pageUrl ? new URL(pageUrl).searchParams.get("scenario") : null;
  return scenarios.find((scenario) => scenario === named) ?? "flowing";
}

/** The pulse of the company as it would be in that situation. */
export function stage(scenario: Scenario, pulse: Pulse): Pulse {
  if (scenario === "empty") return asEmpty(pulse);
  if (scenario === "paused") return asPaused(pulse);
  return scenario === "busy" ? asBusy(pulse) : pulse;
}

function asEmpty(pulse: Pulse): Pulse {
  return {
    ...pulse,
    sandbox: null,
    seconds: pulse.seconds.map(({ at }) => ({ at, events: 0, writes: 0 })),
    totals: { events: 0, skipped: 0, writes: 0, callsSaved: 0, customers: 0, linked: 0, leftOut: [] },
    lag: { p50Ms: null, p99Ms: null, backlogAgeMs: 0 },
    queue: { urgent: 0, calm: 0, backfill: 0, dead: 0, eventsWaiting: 0 },
    budget: { ...pulse.budget, used: 0 },
    lastEvents: [],
    lastWrites: [],
  };
}

function asPaused(pulse: Pulse): Pulse {
  return {
    ...pulse,
    sandbox: null,
    pauses: [
      {
        scope: "intercom",
        by: "dunlin",
        code: "INTERCOM_UNAUTHORIZED",
        reason: "Intercom no longer accepts the access token (INTERCOM_UNAUTHORIZED).",
        since: pulse.now,
        until: null,
      },
      {
        scope: "lane:backfill",
        by: "person",
        code: "PAUSED_BY_HAND",
        reason: "An import runs in Intercom.",
        since: pulse.now,
        until: null,
      },
    ],
    connections: pulse.connections.map((connection) =>
      connection.vendor === "intercom"
        ? {
            ...connection,
            state: "paused",
            reason: "Intercom no longer accepts the access token (INTERCOM_UNAUTHORIZED).",
          }
        : connection,
    ),
    seconds: pulse.seconds.map((second) => ({ ...second, writes: 0 })),
    queue: { urgent: 48, calm: 364, backfill: 0, dead: 3, eventsWaiting: 2 },
    lag: { p50Ms: null, p99Ms: null, backlogAgeMs: 184_000 },
    budget: { ...pulse.budget, used: 0 },
  };
}

function asBusy(pulse: Pulse): Pulse {
  return {
    ...pulse,
    sandbox: null,
    seconds: pulse.seconds.map((second) => ({
      ...second,
      events: second.events * 40 + 90,
      writes: Math.min(16, second.writes * 4),
    })),
    queue: { urgent: 0, calm: 120, backfill: 11_840, dead: 0, eventsWaiting: 0 },
    lag: { p50Ms: 1_180, p99Ms: 14_300, backlogAgeMs: 410_000 },
    budget: { ...pulse.budget, used: pulse.budget.limit - 2 },
    backfill: { state: "running", resource: "subscriptions", done: 48_200 },
  };
}
