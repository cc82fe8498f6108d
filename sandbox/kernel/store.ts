/** Named collections of plain JSON objects, kept in memory. */
import type { Collection, Store } from "./types.ts";

type Item = { readonly id: string };

/** One collection in the order of insertion; a replaced item keeps its place. */
class MemoryCollection<T extends Item> implements Collection<T> {
  readonly #items = new Map<string, T>();
  readonly #changed: () => void;
  #listed: readonly T[] | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get size(): number {
    return this.#items.size;
  }

  get(id: string): T | undefined {
    return this.#items.get(id);
  }

  all(): readonly T[] {
    this.#listed ??= [...this.#items.values()];
    return this.#listed;
  }

  put(item: T): T {
    this.#items.set(item.id, item);
    this.#touch();
    return item;
  }

  delete(id: string): boolean {
    const existed = this.#items.delete(id);
    if (existed) this.#touch();
    return existed;
  }

  #touch(): void {
    this.#listed = undefined;
    this.#changed();
  }
}

/** The sandbox's memory. `changed` is called after every write. */
export class MemoryStore implements Store {
  readonly #collections = new Map<string, MemoryCollection<Item>>();
  readonly #changed: () => void;

  constructor(changed: () => void = () => {}) {
    this.#changed = changed;
  }

  collection<T extends Item>(name: string): Collection<T> {
    return asCollection<T>(this.#collection(name));
  }

  /** What there is to save: each collection's items at this moment. */
  snapshot(): readonly { readonly name: string; readonly items: readonly Item[] }[] {
    return [...this.#collections].map(([name, collection]) => ({ name, items: collection.all() }));
  }

  /** Puts back one item read from a file. */
  restore(name: string, item: Item): void {
    this.#collection(name).put(item);
  }

  #collection(name: string): MemoryCollection<Item> {
    const known = this.#collections.get(name);
    if (known !== undefined) return known;
    const created = new MemoryCollection<Item>(this.#changed);
    this.#collections.set(name, created);
    return created;
  }
}

/** Guarantee: a collection's name belongs to one part of the sandbox, which always asks for it with the same type. */
function asCollection<T extends Item>(collection: MemoryCollection<Item>): Collection<T> {
  return collection as unknown as Collection<T>; // oxlint-disable-line no-unsafe-type-assertion -- see above
}
