/** Remembers the last requests that reached a vendor, for tests and the control page. */
import type { Vendor } from "./types.ts";

const KEPT = 20_000;

export type LoggedRequest = {
  readonly seq: number;
  /** Milliseconds of real time. */
  readonly at: number;
  readonly vendor: Vendor["name"];
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The parsed body, or undefined when there was none. */
  readonly body: unknown;
  readonly status: number;
};

/** A ring of the last 20,000 requests and counters over all of them. */
export class RequestLog {
  readonly #ring: LoggedRequest[] = [];
  readonly #counters = new Map<string, number>();
  #seq = 0;

  /** Notes one request with the status it was answered with (0 when the connection was cut). */
  add(entry: Omit<LoggedRequest, "seq">): void {
    this.#seq += 1;
    this.#ring[(this.#seq - 1) % KEPT] = { seq: this.#seq, ...entry };
    const key = `${entry.vendor} ${entry.method} ${entry.status}`;
    this.#counters.set(key, (this.#counters.get(key) ?? 0) + 1);
  }

  /** The number of the latest request. */
  get lastSeq(): number {
    return this.#seq;
  }

  /** Requests after this number, oldest first; those that fell out of the ring are gone. */
  since(seq = 0): readonly LoggedRequest[] {
    const found: LoggedRequest[] = [];
    for (let next = Math.max(seq, this.#seq - KEPT) + 1; next <= this.#seq; next += 1) {
      const entry = this.#ring[(next - 1) % KEPT];
      if (entry !== undefined) found.push(entry);
    }
    return found;
  }

  /** How many requests since the start, by "vendor METHOD status". */
  counters(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counters);
  }

  /** Forgets everything; numbering goes on. */
  clear(): void {
    this.#ring.length = 0;
    this.#counters.clear();
  }
}
