/** Renews short leases of what is being worked on, so that only what a dead node held runs out. */

/** How long a lease lasts without being renewed. */
export const leaseMs = 10_000;
const renewMs = 3_000;

export type LeaseKeeperSettings = {
  readonly renew: (ids: readonly string[]) => Promise<void>;
  readonly onFailed: (error: unknown) => void;
};

export class LeaseKeeper {
  readonly #settings: LeaseKeeperSettings;
  readonly #held = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: LeaseKeeperSettings) {
    this.#settings = settings;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#renew(), renewMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  hold(id: string): void {
    this.#held.add(id);
  }

  isHeld(id: string): boolean {
    return this.#held.has(id);
  }

  letGo(id: string): void {
    this.#held.delete(id);
  }

  async #renew(): Promise<void> {
    if (this.#held.size === 0) return;
    await this.#settings.renew([...this.#held]).catch(this.#settings.onFailed);
  }
}
