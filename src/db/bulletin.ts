/**
 * Short hints between nodes on PostgreSQL's LISTEN and NOTIFY: "there is work", "somebody joined". Never more than a
 * hint: everything it speaks of is a row that is also found by polling, so a lost one costs time and nothing else.
 *
 * It is sent on a connection of its own and never inside a transaction that stores something: PostgreSQL lets the
 * commits of transactions with a NOTIFY pass one at a time, each with its flush to disk, and so would queue up the hot
 * path behind itself. Here such a commit holds nothing but the hint, and does not wait for the disk.
 */
import { backoffMs } from "../lib/backoff.ts";
import { pause } from "../lib/pause.ts";
import { createPool, type DatabaseConfig, type Pool, type Tx } from "./pool.ts";
import { joinHints, splitHints, type Hint, type Topic } from "./hint.ts";

/** Told what was published elsewhere. Without a payload anything may have happened: look for yourself. */
export type Listener = (payload: string | undefined) => void;

export type BulletinSettings = {
  readonly database: DatabaseConfig;
  /** Names this process, so that its own hints do not come back to it. */
  readonly node: string;
  readonly log: { debug(o: object, m: string): void; warn(o: object, m: string): void };
};

const channel = "dunlin";
/** Hints closer together than this travel together; the first one leaves at once. */
const gapMs = 4;
const retry = { baseMs: 200, capMs: 5_000 };
/** A connection that the network has swallowed says nothing at all: it is asked now and then. */
const askMs = 10_000;

/** Publishes hints and hears those of other nodes. */
export class Bulletin {
  readonly #settings: BulletinSettings;
  readonly #pool: Pool;
  readonly #listeners = new Map<Topic, Set<Listener>>();
  readonly #ends = new AbortController();
  #waiting = new Map<string, Hint>();
  #sending = false;
  #client: Tx | undefined;
  #session: number | null = null;
  #loop: Promise<void> = Promise.resolve();
  #idle: Promise<void> = Promise.resolve();
  #stopped: Promise<void> | undefined;

  constructor(settings: BulletinSettings) {
    this.#settings = settings;
    this.#pool = createPool(settings.database, { max: 1, durable: false, statementTimeoutMs: 5_000 });
  }

  /** Connects, and again whenever the connection breaks, until it is stopped. Resolves without waiting for it. */
  start(): void {
    this.#loop = this.#keepConnected();
  }

  /** PostgreSQL's number of the session it listens on, null while there is none: whoever dies loses it at once. */
  get session(): number | null {
    return this.#session;
  }

  /** Sends what waits, then hears and says nothing more. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    await this.#idle;
    this.#ends.abort();
    await this.#loop;
    await this.#pool.end();
  }

  /** Hears a topic; the answer ends that. A listener must not throw and not take long. */
  on(topic: Topic, listener: Listener): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Tells the other nodes, within a few milliseconds and together with what else is being said. Never throws. */
  publish(topic: Topic, payload?: string): void {
    if (this.#client === undefined || this.#ends.signal.aborted) return; // whoever connects looks for himself
    this.#waiting.set(`${topic} ${payload ?? ""}`, [topic, payload ?? null]);
    if (this.#sending) return;
    this.#sending = true;
    this.#idle = this.#send();
  }

  async #send(): Promise<void> {
    // What is said in the same turn of the event loop travels together.
    await new Promise(setImmediate);
    while (this.#waiting.size > 0 && this.#client) {
      const hints = [...this.#waiting.values()];
      this.#waiting = new Map();
      await this.#notify(this.#client, hints);
      await pause(gapMs, this.#ends.signal);
    }
    this.#waiting.clear();
    this.#sending = false;
  }

  async #notify(client: Tx, hints: readonly Hint[]): Promise<void> {
    try {
      for (const text of joinHints(this.#settings.node, hints))
        await client.query({ name: "notify", text: "select pg_notify($1, $2)", values: [channel, text] });
    } catch (error) {
      this.#settings.log.debug({ err: error }, "a hint to the other nodes was lost");
    }
  }

  async #keepConnected(): Promise<void> {
    const { signal } = this.#ends;
    for (let failures = 0; !signal.aborted;) {
      try {
        await this.#listen(() => (failures = 0));
      } catch (error) {
        failures += 1;
        if (failures === 1)
          this.#settings.log.warn({ err: error }, "nodes do not hear each other at present; they look by themselves");
        await pause(backoffMs(failures, Math.random(), retry), signal);
      }
    }
  }

  /** Listens on one connection until it breaks, which throws, or until the end. */
  async #listen(onConnected: () => void): Promise<void> {
    const client = await this.#pool.connect();
    try {
      const broken = new Promise<never>((_, reject) => {
        client.once("error", reject);
        client.once("end", () => reject(new Error("The connection was closed.")));
      });
      broken.catch(() => undefined); // heard below, or not at all after the end
      client.on("notification", ({ payload }) => this.#hear(payload ?? ""));
      await client.query(`listen ${channel}`);
      const { rows } = await client.query<{ pid: number }>("select pg_backend_pid() as pid");
      this.#session = rows[0]?.pid ?? null;
      this.#client = client;
      onConnected();
      // Nothing that was said while nobody listened is said again.
      for (const listeners of this.#listeners.values()) for (const listener of listeners) listener(undefined);
      while (!this.#ends.signal.aborted) {
        await Promise.race([broken, pause(askMs, this.#ends.signal)]);
        await client.query("select 1");
      }
    } finally {
      this.#client = undefined;
      this.#session = null;
      client.removeAllListeners("notification");
      client.release(true);
    }
  }

  #hear(text: string): void {
    const said = splitHints(text);
    if (said === undefined || said.node === this.#settings.node) return;
    for (const [topic, payload] of said.hints)
      for (const listener of this.#listeners.get(topic) ?? []) listener(payload ?? undefined);
  }
}
