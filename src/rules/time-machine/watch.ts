/** What a rehearsal remembers of one person between two looks: whether an expression was true, and when a date is next. */
import { startOfDay, dayOf } from "../../lib/calendar.ts";
import { dayS } from "../../lib/day.ts";
import { becomes } from "../crossing.ts";
import { nextFiring, type DateTrigger, type Firing } from "../dates.ts";
import type { DayCount } from "../due.ts";
import type { CompiledRule, CompiledTrigger } from "../program.ts";
import type { CustomerFacts, Trigger } from "../run.ts";
import { truthOf, type Truth } from "../run-values.ts";
import type { TimeHeap } from "./heap.ts";

/** Why the clock stops: a date has come, or what depends on the day has to be looked at. */
export type Wake =
  | { readonly kind: "date"; readonly rule: CompiledRule; readonly firing: Firing }
  | { readonly kind: "look" };

export type Fired = { readonly rule: CompiledRule; readonly trigger: Trigger };

type DateRule = { readonly rule: CompiledRule; readonly trigger: DateTrigger };
type CrossingRule = { readonly rule: CompiledRule; readonly trigger: Extract<CompiledTrigger, { kind: "becomes" }> };

type Settings = { readonly document: { readonly timeZone: string }; readonly rules: readonly CompiledRule[] };

/** Crossings and dates are looked at with the contact, which waits so long for more to change. */
const settleS = 1;

export class Watch {
  readonly #dateRules: readonly DateRule[];
  readonly #crossingRules: readonly CrossingRule[];
  readonly #looksDaily: boolean;
  readonly #count: DayCount;
  readonly #wakes: TimeHeap<Wake | object>;
  readonly #truths = new Map<CompiledRule, Truth>();
  readonly #times = new Map<CompiledRule, number>();
  readonly #firings = new Map<CompiledRule, { readonly firing: Firing | null; readonly basis: string }>();
  #lookS = 0;
  #isLookAhead = false;

  constructor(
    { document, rules }: Settings,
    addBusinessDays: DayCount["addBusinessDays"],
    wakes: TimeHeap<Wake | object>,
  ) {
    this.#dateRules = rules.flatMap((rule) => (rule.trigger.kind === "date" ? [{ rule, trigger: rule.trigger }] : []));
    this.#crossingRules = rules.flatMap((rule) =>
      rule.trigger.kind === "becomes" ? [{ rule, trigger: rule.trigger }] : [],
    );
    this.#looksDaily = this.#crossingRules.some(({ trigger }) =>
      trigger.expression.paths.some((path) => /^ages\b/.test(path)),
    );
    this.#count = { timeZone: document.timeZone, addBusinessDays };
    this.#wakes = wakes;
  }

  /** Whether any rule goes by what is remembered. */
  get isNeeded(): boolean {
    return this.#dateRules.length + this.#crossingRules.length > 0;
  }

  /** Something may have changed: the person is looked at once things have settled. */
  changed(nowS: number): void {
    if (!this.isNeeded || this.#isLookAhead) return;
    this.#isLookAhead = true;
    this.#wakes.add(nowS + settleS, { kind: "look" });
  }

  /** Looks at the person as they are now, and answers the crossings; nobody is there yet while there are no facts. */
  look(facts: CustomerFacts | null, nowS: number): readonly Fired[] {
    this.#isLookAhead = false;
    if (facts === null) return [];
    for (const one of this.#dateRules) this.#lookAtDate(one, facts, nowS);
    this.#lookTomorrow(nowS);
    return this.#crossingRules.flatMap(({ rule, trigger }) => {
      const { truth, fires } = becomes(this.#truths.get(rule) ?? null, truthOf(trigger.expression, facts.values));
      this.#truths.set(rule, truth);
      return fires ? [{ rule, trigger: this.#crossed(rule, nowS) }] : [];
    });
  }

  /** A date that has come; undefined when it has moved since. */
  takeDate({ rule, firing }: Extract<Wake, { kind: "date" }>): Fired | undefined {
    const current = this.#firings.get(rule)?.firing;
    if (current?.key !== firing.key || current.atS !== firing.atS || rule.trigger.kind !== "date") return undefined;
    this.#firings.delete(rule);
    const { field } = rule.trigger.date;
    const trigger: Trigger = {
      kind: "date",
      key: `date:${firing.key}`,
      name: field,
      objectId: null,
      occurredAtS: firing.atS,
      facts: {},
    };
    return { rule, trigger };
  }

  #crossed(rule: CompiledRule, nowS: number): Trigger {
    const times = (this.#times.get(rule) ?? 0) + 1;
    this.#times.set(rule, times);
    return {
      kind: "becomes",
      // Without the expression: beside another version's the same customer's crossings are put side by side in turn.
      key: `becomes:${times}`,
      name: "becomes",
      objectId: null,
      occurredAtS: nowS,
      facts: {},
    };
  }

  /** Reckoning by a calendar is slow, and dates seldom move. */
  #lookAtDate({ rule, trigger }: DateRule, facts: CustomerFacts, nowS: number): void {
    const basis = JSON.stringify([facts.dates[trigger.date.field], facts.timeZone, facts.country]);
    const known = this.#firings.get(rule);
    if (known?.basis === basis && isAhead(known.firing, nowS)) return;
    const firing = nextFiring(trigger, facts, { nowS, ...this.#count });
    this.#firings.set(rule, { firing, basis });
    if (firing !== null && !isSameFiring(known?.firing, firing))
      this.#wakes.add(firing.atS, { kind: "date", rule, firing });
  }

  /** Ages count whole days. */
  #lookTomorrow(nowS: number): void {
    if (!this.#looksDaily || this.#lookS > nowS) return;
    this.#lookS = startOfDay(dayOf(nowS)) + dayS;
    this.#wakes.add(this.#lookS, { kind: "look" });
  }
}

function isAhead(firing: Firing | null, nowS: number): boolean {
  return firing === null || firing.atS > nowS;
}

function isSameFiring(a: Firing | null | undefined, b: Firing): boolean {
  return a?.key === b.key && a.atS === b.atS;
}
