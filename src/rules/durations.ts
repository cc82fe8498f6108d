/** Station rules: durations as people write them. */
import type { Duration } from "./program.ts";

const units = ["minute", "hour", "day", "week", "business day"] as const;

/** Reads what the contract lets pass, such as `30 minutes` or `5 business days`. Throws on anything else. */
export function parseDuration(text: string): Duration {
  const [count, ...words] = text.split(" ");
  const word = words.join(" ").replace(/s$/, "");
  const unit = units.find((one) => one === word);
  const number = Number(count);
  if (unit === undefined || !Number.isSafeInteger(number) || number < 1) {
    throw new Error(`“${text}” is no duration.`);
  }
  return { count: number, unit };
}

/** The same for what may be left out. */
export function parseOptionalDuration(text: string | undefined): Duration | null {
  return text === undefined ? null : parseDuration(text);
}

/** Whether it is shorter than a day, so that it says the time of day by itself. */
export function isWithinDay({ unit }: Duration): boolean {
  return unit === "minute" || unit === "hour";
}
