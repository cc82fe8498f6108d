/**
 * Some of many, chosen evenly: those whose rank is lowest. Ranks are fingerprints, so that the choice is the same however the
 * work was divided, and nearly all can be turned away before they are worked out.
 */
export type Ranked<T> = { readonly rank: string; readonly item: T };

export class Sample<T> {
  readonly #sizeMax: number;
  readonly #kept: Ranked<T>[] = [];

  constructor(sizeMax: number, kept: readonly Ranked<T>[] = []) {
    this.#sizeMax = sizeMax;
    for (const one of kept) this.add(one.rank, one.item);
  }

  /** Whether something of this rank would be kept. */
  wants(rank: string): boolean {
    const last = this.#kept.at(-1);
    return this.#kept.length < this.#sizeMax || (last !== undefined && rank < last.rank);
  }

  add(rank: string, item: T): void {
    if (!this.wants(rank)) return;
    const place = this.#kept.findIndex((one) => rank < one.rank);
    this.#kept.splice(place === -1 ? this.#kept.length : place, 0, { rank, item });
    if (this.#kept.length > this.#sizeMax) this.#kept.pop();
  }

  /** The lowest rank first. */
  get kept(): readonly Ranked<T>[] {
    return this.#kept;
  }
}
