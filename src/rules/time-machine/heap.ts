/** A queue by time: the virtual clock of the time machine goes from one entry to the next. */

type Entry<T> = { readonly atS: number; readonly order: number; readonly item: T };

/** The earliest comes first; of the same second, who was added first. */
export class TimeHeap<T> {
  readonly #entries: Entry<T>[] = [];
  #added = 0;

  get size(): number {
    return this.#entries.length;
  }

  /** The second of the next entry; undefined when there is none. */
  get nextS(): number | undefined {
    return this.#entries[0]?.atS;
  }

  add(atS: number, item: T): void {
    const entry = { atS, order: this.#added, item };
    this.#added += 1;
    this.#entries.push(entry);
    this.#rise(this.#entries.length - 1, entry);
  }

  /** Takes the next entry if its time has come. */
  takeDue(nowS: number): T | undefined {
    const [first] = this.#entries;
    if (first === undefined || first.atS > nowS) return undefined;
    const last = this.#entries.pop();
    if (last !== undefined && last !== first) this.#sink(last);
    return first.item;
  }

  #rise(from: number, entry: Entry<T>): void {
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#entries[above];
      if (parent === undefined || !isBefore(entry, parent)) break;
      this.#entries[at] = parent;
      at = above;
    }
    this.#entries[at] = entry;
  }

  #sink(entry: Entry<T>): void {
    const entries = this.#entries;
    let at = 0;
    for (;;) {
      const left = entries[2 * at + 1];
      const right = entries[2 * at + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || !isBefore(child, entry)) break;
      entries[at] = child;
      at = isRight ? 2 * at + 2 : 2 * at + 1;
    }
    entries[at] = entry;
  }
}

function isBefore<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.atS < b.atS || (a.atS === b.atS && a.order < b.order);
}
