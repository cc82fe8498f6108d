/** Reported usage: what a customer used of a meter in a period. */
import type { Meter } from "../objects/meter.ts";
import type { World } from "../world.ts";

/** Under this key a customer's reports to one meter are found. */
export function usageKey(eventName: string, customerId: string): string {
  return `${eventName} ${customerId}`;
}

export type Window = { readonly start: number; readonly end: number };

/** The usage in [start, end), put together as the meter says. */
export function usageOf(world: World, meter: Meter, customerId: string, window: Window): number {
  const reports = world.tables.meterEvents
    .find("key", usageKey(meter.event_name, customerId))
    .filter((report) => report.timestamp >= window.start && report.timestamp < window.end);
  switch (meter.default_aggregation.formula) {
    case "sum":
      return reports.reduce((sum, report) => sum + report.value, 0);
    case "count":
      return reports.length;
    case "last":
      return reports.reduce((latest, report) => (report.timestamp >= latest.timestamp ? report : latest), {
        timestamp: 0,
        value: 0,
      }).value;
  }
}
