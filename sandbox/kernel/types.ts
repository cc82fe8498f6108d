/** What the sandbox's parts promise each other: the kernel carries, the vendors answer. */

/** The sandbox's own time. It runs like the real one from a start point and can be moved forward. */
export interface Clock {
  /** Milliseconds since the epoch. */
  nowMs(): number;
  /** Unix seconds, as both vendors write times. */
  nowS(): number;
}

/** Seeded randomness: the same seed gives the same company, the same ids and the same faults. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number in [min, max]. */
  int(min: number, max: number): number;
  pick<T>(items: readonly T[]): T;
  /** Letters and digits. */
  token(length: number): string;
  hex(length: number): string;
}

/** Named collections of plain JSON objects. Kept in memory, written to a file when the sandbox has one. */
export interface Store {
  collection<T extends { readonly id: string }>(name: string): Collection<T>;
}

export interface Collection<T extends { readonly id: string }> {
  get(id: string): T | undefined;
  /** In the order of insertion. */
  all(): readonly T[];
  put(item: T): T;
  delete(id: string): boolean;
  readonly size: number;
}

/** One request as a vendor sees it. */
export interface SandboxRequest {
  readonly method: string;
  /** Path without the query string. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly rawBody: Buffer;
}

export interface SandboxResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Serialised as JSON when it is not a string. */
  readonly body: unknown;
}

/** A vendor: Stripe answers /v1 and /v2, Intercom everything that is not /control, / or Stripe's. */
export interface Vendor {
  readonly name: "stripe" | "intercom";
  handle(request: SandboxRequest): Promise<SandboxResponse> | SandboxResponse;
  /** Called after the clock was moved: time-driven things happen here (renewals, settlements, trial ends, retries). */
  tick(): Promise<void> | void;
  /** When the next time-driven thing is due (ms since the epoch), so that a moved clock stops there on its way. */
  nextDueMs?(): number | undefined;
  /** How the vendor words an answer with this status: used by planted faults. */
  errorResponse?(status: number): SandboxResponse;
}

/** Sends a webhook to the subscriber: signing is the vendor's, delivering (retry, duplicates, reordering) the kernel's. */
export interface Delivery {
  readonly vendor: "stripe" | "intercom";
  readonly url: string;
  readonly body: string;
  /** Called for every attempt, since each attempt is signed anew. */
  sign(nowS: number): Readonly<Record<string, string>>;
  /** How many more attempts after a failure, and after which delays (ms of real time). */
  readonly retryDelaysMs: readonly number[];
  /** For the log: event id and type. */
  readonly label: string;
  /** Wait this long (ms of real time) before the first attempt. */
  readonly delayMs?: number;
  /** Called once: whether the subscriber acknowledged it in the end. */
  settled?(delivered: boolean): void;
}

export interface Kernel {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: Store;
  deliver(delivery: Delivery): void;
}
