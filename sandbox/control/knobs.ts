/** The knobs: time, planted faults, webhook delivery, and how the local Intercom behaves. */
import { z } from "zod";
import { faultKinds, type FaultRule } from "../kernel/faults.ts";
import { read } from "./actions.ts";
import { ControlError } from "./door.ts";
import type { ControlParts } from "./parts.ts";

const rate = z.number().min(0).max(1);
const yearS = 366 * 24 * 3600;

const clockBody = z.strictObject({ advanceSeconds: z.number().int().min(1).max(yearS) });

const faultBody = z.strictObject({
  vendor: z.enum(["stripe", "intercom"]),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).exactOptional(),
  pathPattern: z.string().max(200).exactOptional(),
  queryPattern: z.string().max(200).exactOptional(),
  kind: z.enum(faultKinds),
  status: z.number().int().min(200).max(599).exactOptional(),
  delayMs: z.number().int().min(1).max(120_000).exactOptional(),
  rate: rate.exactOptional(),
  count: z.number().int().min(1).exactOptional(),
});

const deliveryBody = z.strictObject({
  duplicateRate: rate.exactOptional(),
  reorderRate: rate.exactOptional(),
  dropRate: rate.exactOptional(),
  dropVendor: z.enum(["stripe", "intercom"]).nullable().exactOptional(),
  paused: z.boolean().exactOptional(),
});

const intercomBody = z.strictObject({
  searchLagMs: z.number().int().min(0).max(3_600_000).optional(),
  limitPerSlice: z.number().int().min(1).max(1_000_000).optional(),
  unauthorized: z.boolean().optional(),
  preview: z.boolean().optional(),
  webhookUrl: z.url().nullable().optional(),
  webhookTopics: z.array(z.string().max(100)).nullable().optional(),
});

/** Moves the sandbox's time forward. */
export async function moveClock(parts: ControlParts, body: unknown) {
  const { advanceSeconds } = read(clockBody, body);
  await parts.clock.advance(advanceSeconds);
  return { now: parts.kernel.clock.nowS() };
}

/** Plants a fault between a client and a vendor. */
export function plantFault({ faults }: ControlParts, body: unknown) {
  const rule: FaultRule = read(faultBody, body);
  try {
    return faults.add(rule);
  } catch {
    const given = [rule.pathPattern, rule.queryPattern].filter((pattern) => pattern !== undefined).join('" or "');
    throw new ControlError(400, `pathPattern, queryPattern: "${given}" is not a regular expression.`);
  }
}

/** Takes one fault away, or all of them. */
export function removeFault({ faults }: ControlParts, id: string | undefined) {
  if (id === undefined) faults.clear();
  else if (!faults.remove(id)) throw new ControlError(404, `There is no fault "${id}".`);
  return { faults: faults.list() };
}

/** Changes how webhooks are delivered. */
export function setDeliveries({ deliveries }: ControlParts, body: unknown) {
  deliveries.set(read(deliveryBody, body));
  return deliveries.options;
}

/** Changes how the local Intercom behaves. */
export function setIntercom({ intercom }: ControlParts, body: unknown) {
  const wanted = read(intercomBody, body);
  if (wanted.searchLagMs !== undefined) intercom.setSearchLagMs(wanted.searchLagMs);
  if (wanted.limitPerSlice !== undefined) intercom.setLimitPerSlice(wanted.limitPerSlice);
  if (wanted.unauthorized !== undefined) intercom.setUnauthorized(wanted.unauthorized);
  if (wanted.preview !== undefined) intercom.setPreview(wanted.preview);
  if (wanted.webhookUrl !== undefined) intercom.setWebhookUrl(wanted.webhookUrl);
  if (wanted.webhookTopics !== undefined) intercom.setWebhookTopics(wanted.webhookTopics);
  return intercom.settings();
}

/** The sandbox's time, for a server that goes by it. */
export function readClock({ kernel, clock }: ControlParts) {
  clock.asked += 1;
  return { nowMs: kernel.clock.nowMs() };
}
