/** Keeps the sandbox's memory in a file, so that a restart finds everything. */
import { createReadStream, existsSync } from "node:fs";
import { mkdir, open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { createInterface } from "node:readline";
import type { MovableClock } from "./clock.ts";
import type { SeededRandom } from "./random.ts";
import type { MemoryStore } from "./store.ts";

const LINES_PER_WRITE = 500;
const PAUSE_MS = 500;
/** A large file takes longer to write and is written less often, so that writing stays a small part of the time. */
const PAUSE_PER_WRITING_TIME = 5;

type Saved = { readonly store: MemoryStore; readonly clock: MovableClock; readonly random: SeededRandom };

/** Writes soon after a change and never twice at once; the file is always whole, since a finished copy replaces it. */
export class StoreFile {
  readonly #path: string;
  readonly #saved: Saved;
  #dirty = false;
  #pauseMs = PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, saved: Saved) {
    this.#path = path;
    this.#saved = saved;
  }

  /** Reads the file into memory; says whether there was one. */
  async load(): Promise<boolean> {
    if (!existsSync(this.#path)) return false;
    const lines = createInterface({ input: createReadStream(this.#path), crlfDelay: Infinity });
    for await (const line of lines) this.#restore(JSON.parse(line));
    this.#dirty = false;
    return true;
  }

  /** Called after each change. */
  changed(): void {
    this.#dirty = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush().catch((error: unknown) => console.error("The sandbox could not save its data:", error));
    }, this.#pauseMs);
  }

  /** Writes what has changed and waits until it is on disk. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.catch(() => {}).then(() => (this.#dirty ? this.#write() : undefined));
    await this.#writing;
  }

  async #write(): Promise<void> {
    const startedMs = Date.now();
    this.#dirty = false;
    try {
      await this.#replaceFile();
    } catch (error) {
      this.#dirty = true;
      throw error;
    }
    this.#pauseMs = Math.max(PAUSE_MS, PAUSE_PER_WRITING_TIME * (Date.now() - startedMs));
  }

  async #replaceFile(): Promise<void> {
    const temporary = `${this.#path}.tmp`;
    await mkdir(dirname(this.#path), { recursive: true });
    const file = await open(temporary, "w", 0o600);
    try {
      for (const text of this.#chunks()) await file.appendFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, this.#path);
  }

  /** Items are replaced, never changed in place, so a list taken now stays true while it is written piece by piece. */
  *#chunks(): Generator<string> {
    const { store, clock, random } = this.#saved;
    const collections = store.snapshot();
    yield `${JSON.stringify({ offsetMs: clock.offsetMs, randomState: random.state })}\n`;
    for (const { name, items } of collections) {
      for (let from = 0; from < items.length; from += LINES_PER_WRITE) {
        const lines = items.slice(from, from + LINES_PER_WRITE).map((item) => `${JSON.stringify([name, item])}\n`);
        yield lines.join("");
      }
    }
  }

  #restore(line: unknown): void {
    const { store, clock, random } = this.#saved;
    if (Array.isArray(line)) {
      store.restore(String(line[0]), line[1]);
    } else if (isHeader(line)) {
      clock.offsetMs = line.offsetMs;
      random.state = line.randomState;
    }
  }
}

function isHeader(line: unknown): line is { offsetMs: number; randomState: number } {
  return typeof line === "object" && line !== null && "offsetMs" in line && "randomState" in line;
}
