/** Several who want the same thing at the same time share one piece of work. */

export class SingleFlight<T> {
  readonly #underWay = new Map<string, Promise<T>>();

  /** Joins the work under way for this key, or begins it. Nothing is kept once it has ended. */
  do(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#underWay.get(key);
    if (known) return known;
    const begun = work().finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, begun);
    return begun;
  }
}
