/** Bad weather between Dunlin and the vendors: every fault that the sandbox knows, changing all the time. */
import type { FaultRule } from "../../../sandbox/kernel/faults.ts";
import type { Random } from "../../../sandbox/kernel/types.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";

type Spell = { readonly name: string; begin(sandbox: Sandbox): void };

const writes = "^/(contacts|messages|conversations|tickets)";

function fault(name: string, rule: FaultRule): Spell {
  return { name, begin: ({ faults }) => void faults.add(rule) };
}

const spells: readonly Spell[] = [
  { name: "fair", begin: () => undefined },
  fault("429", { vendor: "intercom", kind: "status", status: 429, rate: 0.3 }),
  fault("500", { vendor: "intercom", kind: "status", status: 500, rate: 0.5 }),
  fault("503", { vendor: "intercom", kind: "status", status: 503, rate: 0.9 }),
  fault("408", { vendor: "intercom", kind: "status", status: 408, rate: 0.3 }),
  fault("hangs up before reading", { vendor: "intercom", kind: "reset-before", rate: 0.5 }),
  fault("loses answers", { vendor: "intercom", kind: "reset-after", rate: 0.5 }),
  fault("loses answers to creations", {
    vendor: "intercom",
    kind: "reset-after",
    method: "POST",
    pathPattern: writes,
    rate: 0.8,
  }),
  fault("breaks off", { vendor: "intercom", kind: "truncate", rate: 0.5 }),
  fault("slow", { vendor: "intercom", kind: "slow", delayMs: 900, rate: 0.6 }),
  fault("proxy page with 200", { vendor: "intercom", kind: "html", status: 200, rate: 0.5 }),
  fault("proxy page with 502", { vendor: "intercom", kind: "html", status: 502, rate: 0.7 }),
  { name: "search lags", begin: ({ intercom }) => intercom.setSearchLagMs(2500) },
  { name: "small budget", begin: ({ intercom }) => intercom.setLimitPerSlice(60) },
  { name: "token refused", begin: ({ intercom }) => intercom.setUnauthorized(true) },
  fault("Stripe 500", { vendor: "stripe", kind: "status", status: 500, method: "GET", rate: 0.5 }),
  fault("Stripe 429", { vendor: "stripe", kind: "status", status: 429, method: "GET", rate: 0.5 }),
  fault("Stripe loses answers", { vendor: "stripe", kind: "reset-after", method: "GET", rate: 0.5 }),
];

const usualLimit = 1666;

/** Seeded weather: every spell comes once before any comes again. */
export class Weather {
  readonly #sandbox: Sandbox;
  readonly #random: Random;
  #left: Spell[] = [];

  constructor(sandbox: Sandbox, random: Random) {
    this.#sandbox = sandbox;
    this.#random = random;
  }

  /** Ends the present spell and begins the next one; answers its name. */
  change(): string {
    this.clear();
    if (this.#left.length === 0) this.#left = [...spells];
    const [spell] = this.#left.splice(this.#random.int(0, this.#left.length - 1), 1);
    spell?.begin(this.#sandbox);
    return spell?.name ?? "fair";
  }

  /** Both vendors are well from now on. */
  clear(): void {
    const { faults, intercom } = this.#sandbox;
    faults.clear();
    intercom.setSearchLagMs(0);
    intercom.setLimitPerSlice(usualLimit);
    intercom.setUnauthorized(false);
  }
}
