/** What is due when: renewals, retries, settlements and everything else that time brings about. */
import type { Collection } from "../kernel/types.ts";

export type AgendaKind = "subscription" | "trial-notice" | "invoice" | "settlement" | "refund" | "dispute" | "checkout";

/** One appointment: at most one per kind and object. */
export type Appointment = {
  readonly id: string;
  readonly kind: AgendaKind;
  readonly ref: string;
  /** Unix seconds. */
  readonly at: number;
};

/** Appointments by time. A binary heap finds the next one; the collection behind it holds the truth and is saved. */
export class Agenda {
  readonly #appointments: Collection<Appointment>;
  readonly #heap: Appointment[] = [];

  constructor(appointments: Collection<Appointment>) {
    this.#appointments = appointments;
    for (const appointment of appointments.all()) this.#push(appointment);
  }

  /** Makes or moves the appointment of this kind for this object. */
  set(kind: AgendaKind, ref: string, at: number): void {
    const appointment = { id: `${kind}:${ref}`, kind, ref, at };
    this.#appointments.put(appointment);
    this.#push(appointment);
  }

  /** Takes the appointment away, if there is one. */
  cancel(kind: AgendaKind, ref: string): void {
    this.#appointments.delete(`${kind}:${ref}`);
  }

  /** When the next appointment is due. */
  get nextAt(): number | undefined {
    return this.#head()?.at;
  }

  /** Takes the next appointment that is due by now, if any. */
  take(now: number): Appointment | undefined {
    const head = this.#head();
    if (head === undefined || head.at > now) return undefined;
    this.#pop();
    this.#appointments.delete(head.id);
    return head;
  }

  /** The earliest entry that still stands; moved and cancelled ones are dropped on the way. */
  #head(): Appointment | undefined {
    for (;;) {
      const head = this.#heap[0];
      if (head === undefined || this.#appointments.get(head.id) === head) return head;
      this.#pop();
    }
  }

  #push(appointment: Appointment): void {
    const heap = this.#heap;
    heap.push(appointment);
    let at = heap.length - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#swapIfEarlier(at, parent)) return;
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const child = this.#time(left + 1) < this.#time(left) ? left + 1 : left;
      if (!this.#swapIfEarlier(child, at)) return;
      at = child;
    }
  }

  #swapIfEarlier(lower: number, upper: number): boolean {
    const [below, above] = [this.#heap[lower], this.#heap[upper]];
    if (below === undefined || above === undefined || below.at >= above.at) return false;
    this.#heap[lower] = above;
    this.#heap[upper] = below;
    return true;
  }

  #time(at: number): number {
    return this.#heap[at]?.at ?? Infinity;
  }
}
