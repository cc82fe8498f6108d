/** One line of a checklist, as `connect` and `doctor` print it. */

export type Check = {
  readonly name: string;
  /** ok · warning: works, but something is missing · failed: does not work until it is mended */
  readonly state: "ok" | "warning" | "failed";
  readonly detail: string;
  /** What to do about it. */
  readonly remedy?: string;
};

/** A line that is fine. */
export function ok(name: string, detail: string): Check {
  return { name, state: "ok", detail };
}

export function warning(name: string, detail: string, remedy?: string): Check {
  return { name, state: "warning", detail, ...(remedy === undefined ? {} : { remedy }) };
}

export function failed(name: string, detail: string, remedy?: string): Check {
  return { name, state: "failed", detail, ...(remedy === undefined ? {} : { remedy }) };
}

/** True when nothing stands in the way. */
export function allWork(checks: readonly Check[]): boolean {
  return checks.every(({ state }) => state !== "failed");
}
