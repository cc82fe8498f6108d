/** Billing meters, reports to them and summaries of those. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { usageKey, usageOf } from "../billing/usage.ts";
import type { Meter } from "../objects/meter.ts";
import { listOf } from "../objects/shared.ts";
import type { List } from "../objects/shared.ts";
import type { World } from "../world.ts";

const DAY_S = 86_400;
const REPORT_BACK_S = 35 * DAY_S;
const REPORT_AHEAD_S = 300;

const createParams = z.strictObject({
  customer_mapping: z.strictObject({ event_payload_key: p.text, type: z.enum(["by_id"]) }).optional(),
  default_aggregation: z.strictObject({ formula: z.enum(["sum", "count", "last"]) }),
  display_name: p.text,
  event_name: p.text,
  event_time_window: z.enum(["day", "hour"]).optional(),
  value_settings: z.strictObject({ event_payload_key: p.text }).optional(),
});

const reportParams = z.strictObject({
  event_name: p.text,
  identifier: p.text.optional(),
  payload: z.record(z.string(), z.string()),
  timestamp: p.timestamp.optional(),
});

const summaryParams = z.strictObject({
  ...p.paging,
  customer: p.text,
  end_time: p.timestamp,
  start_time: p.timestamp,
  value_grouping_window: z.enum(["day", "hour"]).optional(),
});

type Report = z.output<typeof reportParams>;

/** Creates a meter. */
export function createMeter(world: World, input: z.output<typeof createParams>): Meter {
  const meter: Meter = {
    id: `mtr_test_${world.kernel.random.token(24)}`,
    object: "billing.meter",
    created: world.now(),
    customer_mapping: input.customer_mapping ?? { event_payload_key: "stripe_customer_id", type: "by_id" },
    default_aggregation: input.default_aggregation,
    display_name: input.display_name,
    event_name: input.event_name,
    event_time_window: input.event_time_window ?? null,
    livemode: false,
    status: "active",
    status_transitions: { deactivated_at: null },
    updated: world.now(),
    value_settings: input.value_settings ?? { event_payload_key: "value" },
  };
  return world.create(world.tables.meters, meter, "billing.meter.created");
}

/** Takes a report of usage; the same identifier counts once. */
export function reportUsage(world: World, report: Report): object {
  const [meter] = world.tables.meters.find("event_name", report.event_name).filter(({ status }) => status === "active");
  if (meter === undefined)
    throw StripeError.invalid(`No active meter found for event name ${report.event_name}.`, "event_name");
  const timestamp = report.timestamp ?? world.now();
  checkTime(world, timestamp);
  const { customerId, value } = readPayload(world, meter, report.payload);
  const identifier = report.identifier ?? `${world.kernel.random.hex(8)}-${world.kernel.random.hex(12)}`;
  if (world.tables.meterEvents.get(identifier) !== undefined) {
    throw StripeError.invalid(`An event already exists with identifier ${identifier}.`, "identifier");
  }
  world.tables.meterEvents.put({
    id: identifier,
    created: world.now(),
    event_name: report.event_name,
    payload: report.payload,
    timestamp,
    key: usageKey(report.event_name, customerId),
    value,
  });
  return {
    object: "billing.meter_event",
    created: world.now(),
    event_name: report.event_name,
    identifier,
    livemode: false,
    payload: report.payload,
    timestamp,
  };
}

export const meterRoutes = [
  route({
    method: "POST",
    path: "/v1/billing/meters",
    permission: "billing_meter",
    params: createParams,
    run: ({ world, params }) => createMeter(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/billing/meters",
    permission: "billing_meter",
    params: z.strictObject({ ...p.paging, status: z.enum(["active", "inactive"]).optional() }),
    run: ({ world, params, url }) => {
      const matches = (meter: Meter) => params.status === undefined || meter.status === params.status;
      return pageOf(world.tables.meters, { url, paging: params, matches });
    },
  }),
  route({
    method: "GET",
    path: "/v1/billing/meters/:id",
    permission: "billing_meter",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireMeter(world, id),
  }),
  route({
    method: "POST",
    path: "/v1/billing/meters/:id/deactivate",
    permission: "billing_meter",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const patch = {
        status: "inactive" as const,
        status_transitions: { deactivated_at: world.now() },
        updated: world.now(),
      };
      return world.update(world.tables.meters, requireMeter(world, id), patch, "billing.meter.deactivated");
    },
  }),
  route({
    method: "POST",
    path: "/v1/billing/meter_events",
    permission: "billing_meter_event",
    params: reportParams,
    run: ({ world, params }) => reportUsage(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/billing/meters/:id/event_summaries",
    permission: "billing_meter",
    params: summaryParams,
    run: ({ world, params, url, ids: [id = ""] }) => summaries(world, requireMeter(world, id), { params, url }),
  }),
];

type Summary = { readonly params: z.output<typeof summaryParams>; readonly url: string };

function summaries(world: World, meter: Meter, { params, url }: Summary): List<object> {
  const grouped = params.value_grouping_window;
  const step = grouped === undefined ? 60 : grouped === "hour" ? 3600 : DAY_S;
  for (const [name, time] of [
    ["start_time", params.start_time],
    ["end_time", params.end_time],
  ] as const) {
    if (time % step !== 0)
      throw StripeError.invalid(`${name} must be aligned with the ${grouped ?? "minute"} boundaries.`, name);
  }
  const windows =
    grouped === undefined ? [{ start: params.start_time, end: params.end_time }] : windowsOf(params, step);
  const limit = params.limit ?? 10;
  const data = windows
    .map((window) => ({
      id: `mtrusg_test_${meter.id.slice(-8)}${window.start}`,
      object: "billing.meter_event_summary",
      aggregated_value: usageOf(world, meter, params.customer, window),
      end_time: window.end,
      livemode: false,
      meter: meter.id,
      start_time: window.start,
    }))
    .filter((summary) => grouped === undefined || summary.aggregated_value !== 0)
    .reverse();
  const from = params.starting_after === undefined ? 0 : data.findIndex(({ id }) => id === params.starting_after) + 1;
  return { ...listOf(data.slice(from, from + limit), url), has_more: data.length > from + limit };
}

function windowsOf(params: z.output<typeof summaryParams>, step: number): readonly { start: number; end: number }[] {
  const count = Math.max(0, Math.min(10_000, (params.end_time - params.start_time) / step));
  return Array.from({ length: count }, (_, index) => {
    const start = params.start_time + index * step;
    return { start, end: start + step };
  });
}

function readPayload(world: World, meter: Meter, payload: Readonly<Record<string, string>>) {
  const customerKey = meter.customer_mapping.event_payload_key;
  const customerId = payload[customerKey];
  if (customerId === undefined)
    throw StripeError.invalid(`Missing customer in payload: ${customerKey}.`, `payload[${customerKey}]`);
  if (world.tables.customers.get(customerId) === undefined) {
    throw StripeError.missing("customer", customerId, `payload[${customerKey}]`);
  }
  const valueKey = meter.value_settings.event_payload_key;
  const value = meter.default_aggregation.formula === "count" ? 1 : Number(payload[valueKey]);
  if (!Number.isFinite(value))
    throw StripeError.invalid(`Invalid value in payload: ${valueKey}.`, `payload[${valueKey}]`);
  return { customerId, value };
}

function checkTime(world: World, timestamp: number): void {
  const now = world.now();
  if (timestamp < now - REPORT_BACK_S)
    throw StripeError.invalid(
      "The timestamp must be within the past 35 days.",
      "timestamp",
      "timestamp_too_far_in_past",
    );
  if (timestamp > now + REPORT_AHEAD_S)
    throw StripeError.invalid(
      "The timestamp must not be more than 5 minutes in the future.",
      "timestamp",
      "timestamp_in_future",
    );
}

function requireMeter(world: World, id: string): Meter {
  const meter = world.tables.meters.get(id);
  if (meter === undefined) throw StripeError.missing("billing meter", id);
  return meter;
}
