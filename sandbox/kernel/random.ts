/** Seeded randomness, small and good enough for a make-believe world. */
import type { Random } from "./types.ts";

const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const HEX = "0123456789abcdef";

/** Mulberry32: one 32-bit word of state, so that a saved sandbox goes on exactly where it stopped. */
export class SeededRandom implements Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  get state(): number {
    return this.#state;
  }

  set state(state: number) {
    this.#state = state >>> 0;
  }

  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.int(0, items.length - 1)];
    if (item === undefined) throw new Error("Cannot pick from an empty list.");
    return item;
  }

  token(length: number): string {
    return this.#string(ALPHANUMERIC, length);
  }

  hex(length: number): string {
    return this.#string(HEX, length);
  }

  /** A stream of its own for one purpose, so that e.g. planted faults do not disturb the ids of new objects. */
  fork(purpose: string): SeededRandom {
    let hash = this.#state ^ 0x811c9dc5;
    for (const char of purpose) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193);
    return new SeededRandom(hash);
  }

  #string(alphabet: string, length: number): string {
    let text = "";
    for (let index = 0; index < length; index += 1) text += alphabet[Math.floor(this.next() * alphabet.length)];
    return text;
  }
}
