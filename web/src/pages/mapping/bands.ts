/** Bands: the limits that somebody typed, and how values between them will read. */

/** The limits in a text such as `0, 500; 1000`, in order and each once; null when something in it is no number. */
export function readLimits(text: string): readonly number[] | null {
  const parts = text.split(/[\s,;]+/).filter(Boolean);
  const numbers = parts.map(Number);
  return numbers.every(Number.isFinite) ? [...new Set(numbers)].toSorted((a, b) => a - b) : null;
}

/** What Intercom will show, from the lowest band to the highest: `< 500`, `500–1000`, `≥ 1000`. */
export function bandNames(limits: readonly number[], locale: "en" | "de"): readonly string[] {
  const sorted = limits.toSorted((a, b) => a - b);
  const write = (limit: number): string => new Intl.NumberFormat(locale, { useGrouping: false }).format(limit);
  const [first] = sorted;
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return [];
  const between = sorted.slice(1).map((limit, index) => `${write(sorted[index] ?? limit)}–${write(limit)}`);
  return [`< ${write(first)}`, ...between, `≥ ${write(last)}`];
}
