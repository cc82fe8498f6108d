/** How `dunlin usage` writes what a customer has used. */
import type { CustomerUsage, MeterView } from "../../contract/usage.ts";
import { tableLines } from "./table.ts";
import { momentText, utcText } from "./times.ts";

/** A customer's meters, the worst first, with what was crossed in their periods. */
export function usageLines(usage: CustomerUsage, nowIso: string): readonly string[] {
  const { meters } = usage;
  return [
    ...(usage.problem === null ? [] : [`! Stripe could not be asked: ${usage.problem}`, ""]),
    ...(meters.length === 0 ? [nothingText(usage)] : meterTable(meters)),
    ...meters.flatMap((meter) => remedyLines(meter)),
    ...(meters.length === 0 ? [] : ["", ...meters.map((meter) => readText(meter, nowIso))]),
    ...crossingLines(usage),
  ];
}

function nothingText({ customerId, reading }: CustomerUsage): string {
  if (reading === "unmetered") return `Nothing of ${customerId} is metered, and nobody has pushed usage for them.`;
  return `There is no reading of ${customerId} for the period that runs.`;
}

function meterTable(meters: readonly MeterView[]): readonly string[] {
  const rows = meters.map((meter) => [
    meter.status ?? "–",
    meter.meter,
    numberText(meter.value),
    meter.limit === null ? "–" : numberText(meter.limit),
    percentText(meter.percent),
    meter.projectedValue === null ? "–" : numberText(meter.projectedValue),
    percentText(meter.projectedPercent),
    utcText(meter.periodEnd),
  ]);
  const heads = ["status", "meter", "used", "limit", "of it", "at the end", "of it", "period ends"];
  return tableLines([heads, ...rows], { right: [2, 3, 4, 5, 6] });
}

function remedyLines({ meter, limit, limitUnknown }: MeterView): readonly string[] {
  if (limitUnknown !== null) return ["", `! The limit of ${meter} cannot be known: ${limitUnknown}`];
  if (limit !== null) return [];
  return [
    "",
    `! Nobody states a limit for ${meter}.`,
    `  → metadata usage_limit_${meter} of the product in Stripe, or usage.limits in the mapping`,
  ];
}

function readText({ meter, unit, asOf, source, limitSource }: MeterView, nowIso: string): string {
  const from = source === "stripe" ? "read from Stripe" : "pushed";
  const limited = {
    mapping: "limit from the mapping",
    product: "limit from the product",
    tiers: "limit from the tiers",
  };
  const facts = [
    unit === null ? null : `“${unit}”`,
    `${from}, true for ${momentText(asOf, nowIso)}`,
    limitSource && limited[limitSource],
  ];
  return `${meter}: ${facts.filter((fact) => fact !== null).join("; ")}`;
}

function crossingLines({ crossings }: CustomerUsage): readonly string[] {
  if (crossings.length === 0) return [];
  const rows = crossings.map(({ at, meter, direction, threshold }) => [
    utcText(at),
    `${direction === "rising" ? "reached" : "fell below"} ${threshold} %`,
    meter,
  ]);
  return ["", ...tableLines(rows)];
}

function percentText(percent: number | null): string {
  return percent === null ? "–" : `${percent} %`;
}

/** 12345.5 → 12,345.5 */
function numberText(value: number): string {
  return value.toLocaleString("en-GB", { maximumFractionDigits: 12 });
}
