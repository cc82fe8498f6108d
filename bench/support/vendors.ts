/** Starts the two vendors and talks to them: limits, objects, and what arrived. */
import type { ChildProcess } from "node:child_process";
import type { Crowd } from "./crowd.ts";
import type { Arrival } from "./intercom-stub.ts";
import { nextMessage, startProgram } from "./processes.ts";

export type VendorsOrder =
  | { readonly what: "open" }
  | { readonly what: "limit"; readonly limit: number }
  | { readonly what: "know"; readonly objects: readonly Readonly<Record<string, unknown>>[] }
  | { readonly what: "crowd"; readonly crowd: Crowd }
  | { readonly what: "arrivals" };

export type Seen = {
  readonly arrivals: readonly Arrival[];
  /** Calls answered with 429, since the start. */
  readonly refused: number;
  readonly stripeCalls: Readonly<Record<string, number>>;
};
export type VendorsAnswer = Partial<Seen> & { readonly ports?: { readonly stripe: number; readonly intercom: number } };

/** Intercom's default for a private app: 10,000 calls a minute in slices of ten seconds. */
export const realLimit = 1666;
/** No limit that a measurement could meet. */
export const noLimit = 1_000_000;

export class Vendors {
  readonly #child: ChildProcess;
  readonly stripeUrl: string;
  readonly intercomUrl: string;

  private constructor(child: ChildProcess, ports: { readonly stripe: number; readonly intercom: number }) {
    this.#child = child;
    this.stripeUrl = `http://127.0.0.1:${ports.stripe}`;
    this.intercomUrl = `http://127.0.0.1:${ports.intercom}`;
  }

  static async start(): Promise<Vendors> {
    const child = startProgram(new URL("vendors-program.ts", import.meta.url), { what: "open" });
    const { ports } = await nextMessage<VendorsAnswer>(child);
    if (!ports) throw new Error("The vendors did not say where they listen.");
    return new Vendors(child, ports);
  }

  async setLimit(limit: number): Promise<void> {
    await this.#ask({ what: "limit", limit });
  }

  /** Stripe answers with these objects when it is asked for them. */
  async know(objects: readonly Readonly<Record<string, unknown>>[]): Promise<void> {
    await this.#ask({ what: "know", objects });
  }

  /** Both vendors know these people from now on. */
  async gather(crowd: Crowd): Promise<void> {
    await this.#ask({ what: "crowd", crowd });
  }

  /** What arrived since the last time. */
  async take(): Promise<Seen> {
    const { arrivals = [], refused = 0, stripeCalls = {} } = await this.#ask({ what: "arrivals" });
    return { arrivals, refused, stripeCalls };
  }

  async #ask(order: VendorsOrder): Promise<VendorsAnswer> {
    const answer = nextMessage<VendorsAnswer>(this.#child);
    this.#child.send(order);
    return answer;
  }
}
