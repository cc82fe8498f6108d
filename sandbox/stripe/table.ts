/** A collection with look-ups by field and Stripe's newest-first order. */
import type { Collection } from "../kernel/types.ts";

export type Row = { readonly id: string; readonly created?: number };

type IndexKeys<T> = Readonly<Record<string, (row: T) => string | null | undefined>>;

/** Rows are replaced, never changed in place; that is what makes snapshots in events and files cheap. */
export class Table<T extends Row> {
  readonly #rows: Collection<T>;
  readonly #keys: IndexKeys<T>;
  readonly #indexes = new Map<string, Map<string, Set<string>>>();
  /** Ids by creation time, oldest first; deleted ones stay in it and are skipped. */
  #order: string[] = [];
  #newestCreated = 0;
  #sorted = true;

  constructor(rows: Collection<T>, keys: IndexKeys<T> = {}) {
    this.#rows = rows;
    this.#keys = keys;
    for (const name of Object.keys(keys)) this.#indexes.set(name, new Map());
    for (const row of rows.all()) this.#admit(row);
  }

  get size(): number {
    return this.#rows.size;
  }

  get(id: string): T | undefined {
    return this.#rows.get(id);
  }

  put(row: T): T {
    const before = this.#rows.get(row.id);
    if (before === undefined) this.#admit(row);
    else this.#reindex(before, row);
    return this.#rows.put(row);
  }

  delete(id: string): boolean {
    const row = this.#rows.get(id);
    if (row === undefined) return false;
    for (const [name, key] of Object.entries(this.#keys)) this.#leave(name, key(row), id);
    return this.#rows.delete(id);
  }

  /** Rows whose indexed field has this value, oldest first. */
  find(index: string, value: string): readonly T[] {
    const ids = this.#indexes.get(index)?.get(value);
    if (ids === undefined) return [];
    const rows = [...ids].flatMap((id) => this.#rows.get(id) ?? []);
    return rows.length < 2 ? rows : rows.sort(byCreation);
  }

  /** All rows in the order of insertion. */
  all(): readonly T[] {
    return this.#rows.all();
  }

  /** Newest first, from just below the row `after` on. */
  *newestFirst(after?: T): Generator<T> {
    const order = this.#ordered();
    for (let at = after === undefined ? order.length - 1 : this.#place(after) - 1; at >= 0; at -= 1) {
      const row = this.#rows.get(order[at] ?? "");
      if (row !== undefined) yield row;
    }
  }

  /** Oldest first, from just above the row `after` on. */
  *oldestFirst(after?: T): Generator<T> {
    const order = this.#ordered();
    for (let at = after === undefined ? 0 : this.#place(after) + 1; at < order.length; at += 1) {
      const row = this.#rows.get(order[at] ?? "");
      if (row !== undefined) yield row;
    }
  }

  #admit(row: T): void {
    for (const [name, key] of Object.entries(this.#keys)) this.#join(name, key(row), row.id);
    const created = row.created ?? 0;
    if (created < this.#newestCreated) this.#sorted = false;
    else this.#newestCreated = created;
    this.#order.push(row.id);
  }

  #reindex(before: T, after: T): void {
    for (const [name, key] of Object.entries(this.#keys)) {
      const [left, joined] = [key(before), key(after)];
      if (left === joined) continue;
      this.#leave(name, left, before.id);
      this.#join(name, joined, after.id);
    }
  }

  #join(index: string, value: string | null | undefined, id: string): void {
    const values = this.#indexes.get(index);
    if (values === undefined || value === null || value === undefined) return;
    const ids = values.get(value);
    if (ids === undefined) values.set(value, new Set([id]));
    else ids.add(id);
  }

  #leave(index: string, value: string | null | undefined, id: string): void {
    if (value === null || value === undefined) return;
    const values = this.#indexes.get(index);
    const ids = values?.get(value);
    ids?.delete(id);
    if (ids?.size === 0) values?.delete(value);
  }

  #ordered(): readonly string[] {
    if (!this.#sorted) {
      const rows = this.#order.flatMap((id) => this.#rows.get(id) ?? []);
      this.#order = rows.sort(byCreation).map((row) => row.id);
      this.#sorted = true;
    }
    return this.#order;
  }

  /** Where the row stands: a binary search by time, then along the rows of the same second. */
  #place(row: T): number {
    const order = this.#ordered();
    const created = row.created ?? 0;
    let [low, high] = [0, order.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#createdAt(order, middle) < created) low = middle + 1;
      else high = middle;
    }
    while (low < order.length && order[low] !== row.id) low += 1;
    return low;
  }

  /** A deleted row's time is not known any more; its nearest older neighbour's keeps the order searchable. */
  #createdAt(order: readonly string[], at: number): number {
    for (let near = at; near >= 0; near -= 1) {
      const row = this.#rows.get(order[near] ?? "");
      if (row !== undefined) return row.created ?? 0;
    }
    return 0;
  }
}

function byCreation(left: Row, right: Row): number {
  return (left.created ?? 0) - (right.created ?? 0);
}
