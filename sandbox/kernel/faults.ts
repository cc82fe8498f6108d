/** Planted faults: what can go wrong between a client and a vendor, by rule and by seeded chance. */
import type { SeededRandom } from "./random.ts";
import type { SandboxRequest, Vendor } from "./types.ts";

export const faultKinds = [
  "status",
  "status-after",
  "reset-before",
  "reset-after",
  "slow",
  "truncate",
  "html",
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** When a request matches, the fault happens with probability `rate`, at most `count` times. */
export type FaultRule = {
  readonly vendor: Vendor["name"];
  readonly method?: string;
  /** A regular expression on the path. */
  readonly pathPattern?: string;
  /** A regular expression on the query, decoded: `created\\[gte\\]=17` */
  readonly queryPattern?: string;
  readonly kind: FaultKind;
  /** The answer's status for `status` and `status-after` (default 500) and `html` (default 200). */
  readonly status?: number;
  /** How long the body of a `slow` answer takes. */
  readonly delayMs?: number;
  /** 0 to 1; default 1. */
  readonly rate?: number;
  readonly count?: number;
};

export type PlantedFault = FaultRule & { readonly id: string; readonly hits: number };

type Planted = {
  readonly id: string;
  readonly rule: FaultRule;
  readonly path: RegExp | undefined;
  readonly query: RegExp | undefined;
  hits: number;
};

/** The rules in force. The first matching rule whose dice fall decides. */
export class Faults {
  readonly #random: SeededRandom;
  #planted: Planted[] = [];
  #lastId = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  /** Plants a rule and returns it with its id. Throws when a pattern is not a regular expression. */
  add(rule: FaultRule): PlantedFault {
    const path = rule.pathPattern === undefined ? undefined : new RegExp(rule.pathPattern);
    const query = rule.queryPattern === undefined ? undefined : new RegExp(rule.queryPattern);
    this.#lastId += 1;
    const planted: Planted = { id: `fault_${this.#lastId}`, rule, path, query, hits: 0 };
    this.#planted.push(planted);
    return show(planted);
  }

  list(): readonly PlantedFault[] {
    return this.#planted.map(show);
  }

  remove(id: string): boolean {
    const before = this.#planted.length;
    this.#planted = this.#planted.filter((planted) => planted.id !== id);
    return this.#planted.length < before;
  }

  /** Takes all rules away. */
  clear(): void {
    this.#planted = [];
  }

  /** The fault that befalls this request, if any. */
  strike(vendor: Vendor["name"], request: SandboxRequest): FaultRule | undefined {
    for (const planted of this.#planted) {
      if (!applies(planted, vendor, request)) continue;
      if (this.#random.next() >= (planted.rule.rate ?? 1)) continue;
      planted.hits += 1;
      return planted.rule;
    }
    return undefined;
  }
}

function applies(planted: Planted, vendor: Vendor["name"], request: SandboxRequest): boolean {
  const { rule, path, query, hits } = planted;
  if (rule.vendor !== vendor) return false;
  if (rule.count !== undefined && hits >= rule.count) return false;
  if (rule.method !== undefined && rule.method.toUpperCase() !== request.method) return false;
  if (path !== undefined && !path.test(request.path)) return false;
  return query === undefined || query.test(decodeURIComponent(request.query.toString()));
}

function show(planted: Planted): PlantedFault {
  return { ...planted.rule, id: planted.id, hits: planted.hits };
}
