/** How commands write moments: absolute in UTC, and how long ago. */

const seconds = { name: "s", ms: 1_000 } as const;
const units = [
  { name: "d", ms: 86_400_000 },
  { name: "h", ms: 3_600_000 },
  { name: "min", ms: 60_000 },
  seconds,
] as const;

/** `2026-11-22 01:02:03 UTC (3 min ago)`. Both as ISO texts. */
export function momentText(iso: string, nowIso: string): string {
  return `${utcText(iso)} (${distanceText(iso, nowIso)})`;
}

/** `2026-11-22 01:02:03 UTC`. */
export function utcText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}

/** `3 min ago`, `in 2 h`, `just now`. */
export function distanceText(iso: string, nowIso: string): string {
  const ms = Date.parse(nowIso) - Date.parse(iso);
  if (Math.abs(ms) < 1_000) return "just now";
  return ms > 0 ? `${ageText(ms)} ago` : `in ${ageText(-ms)}`;
}

/** `90 s`, `5 min`, `3 h`, `2 d`: the largest unit of which there are at least two, or else seconds. */
export function ageText(ms: number): string {
  const unit = units.find((one) => ms >= 2 * one.ms) ?? seconds;
  return `${Math.max(0, Math.floor(ms / unit.ms))} ${unit.name}`;
}

/** `12 ms`, `3.4 s`, `5 min`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}
