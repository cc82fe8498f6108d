/** What the recomputation of attributes is written in. */
export type Value = string | number | boolean | null;

/** Without prefix. Where two answers are right (two payments in one second), both stand in `OneOf`. */
export type Expected = Readonly<Record<string, Value | OneOf>>;

export class OneOf {
  readonly values: readonly Value[];
  constructor(values: readonly Value[]) {
    this.values = values;
  }
}

export function idOf(reference: string | { readonly id: string } | null | undefined): string | null {
  return typeof reference === "string" ? reference : (reference?.id ?? null);
}

const whole = new Set([
  "bif",
  "clp",
  "djf",
  "gnf",
  "jpy",
  "kmf",
  "krw",
  "mga",
  "pyg",
  "rwf",
  "vnd",
  "vuv",
  "xaf",
  "xof",
  "xpf",
]);

const thousandths = new Set(["bhd", "jod", "kwd", "omr", "tnd"]);

export function major(minor: number, currency: string): number {
  if (whole.has(currency)) return minor;
  return minor / (thousandths.has(currency) ? 1000 : 100);
}
