/** The metrics that Dunlin counts, in Prometheus' format. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import { SingleFlight } from "./single-flight.ts";

export type Metrics = {
  readonly registry: Registry;
  readonly events: Counter<"state">;
  readonly refused: Counter<"code">;
  readonly writes: Counter<"kind" | "lane">;
  readonly lag: Histogram<"lane">;
  readonly effects: Counter<"kind" | "state">;
  readonly intercomCalls: Counter<"method" | "path" | "status">;
  readonly intercomSeconds: Histogram<never>;
  readonly stripeCalls: Counter<"endpoint" | "status">;
};

export type Gauges = {
  /** Asked for at every scrape. */
  readonly queue: () => Promise<Readonly<Record<string, number>>>;
  readonly paused: () => number;
  /** What waits for a person, by kind; asked for at every scrape. */
  readonly dead?: () => Promise<Readonly<Record<string, number>>>;
  /** The last run of reconcile; asked for at every scrape. */
  readonly reconcile?: () => Promise<ReconcileFigures>;
  /** What rules have to do; asked for at every scrape. */
  readonly rules?: () => Promise<RuleFigures>;
};

/** How long ago the last run ended, null before the first, and what it found by class. */
export type ReconcileFigures = { readonly ageS: number | null; readonly findings: Readonly<Record<string, number>> };

/** The runs of rules, and what holds them up. */
export type RuleFigures = {
  /** Open ones. */
  readonly runs: readonly { readonly rule: string; readonly state: string; readonly count: number }[];
  /** Customers whose runs are to be looked at now, and for how long the first of them has been. */
  readonly due: number;
  readonly lagS: number;
  /** Drafts that wait for a person. */
  readonly approvals: number;
  /** Rules that stand still, by whose doing: person, breaker. */
  readonly stopped: Readonly<Record<string, number>>;
};

/** A fresh set; two servers in one process never share counts. */
export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  addStandingGauges(registers, gauges);
  if (gauges.dead) addDeadGauge(registers, gauges.dead);
  if (gauges.reconcile) addReconcileGauges(registers, gauges.reconcile);
  if (gauges.rules) addRuleGauges(registers, gauges.rules);
  return {
    registry,
    events: new Counter({
      name: "dunlin_events_total",
      help: "Stripe events stored, by what became of them.",
      labelNames: ["state"],
      registers,
    }),
    refused: new Counter({
      name: "dunlin_webhooks_refused_total",
      help: "Webhook deliveries refused, by error code.",
      labelNames: ["code"],
      registers,
    }),
    writes: new Counter({
      name: "dunlin_contact_writes_total",
      help: "Contacts created or updated.",
      labelNames: ["kind", "lane"],
      registers,
    }),
    lag: new Histogram({
      name: "dunlin_lag_seconds",
      help: "From the first event stored to Intercom's answer.",
      labelNames: ["lane"],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 600],
      registers,
    }),
    effects: new Counter({
      name: "dunlin_effects_total",
      help: "Effects of the ledger that ended: confirmed, failed, or withdrawn because their reason was gone.",
      labelNames: ["kind", "state"],
      registers,
    }),
    intercomCalls: new Counter({
      name: "dunlin_intercom_calls_total",
      help: "Calls to Intercom.",
      labelNames: ["method", "path", "status"],
      registers,
    }),
    intercomSeconds: new Histogram({
      name: "dunlin_intercom_call_seconds",
      help: "Duration of calls to Intercom.",
      buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    stripeCalls: new Counter({
      name: "dunlin_stripe_calls_total",
      help: "Calls to Stripe.",
      labelNames: ["endpoint", "status"],
      registers,
    }),
  };
}

/** What waits, and what stands still. */
function addStandingGauges(registers: Registry[], { queue, paused }: Gauges): void {
  new Gauge({
    name: "dunlin_queue_customers",
    help: "Customers whose contact waits for a write, by lane; dead ones wait for a person.",
    labelNames: ["lane"],
    registers,
    async collect() {
      for (const [lane, count] of Object.entries(await queue())) this.set({ lane }, count);
    },
  });
  new Gauge({
    name: "dunlin_connections_paused",
    help: "Connections that are paused because nothing on them can work.",
    registers,
    collect() {
      this.set(paused());
    },
  });
}

function addDeadGauge(registers: Registry[], read: () => Promise<Readonly<Record<string, number>>>): void {
  new Gauge({
    name: "dunlin_dead_letters",
    help: "Dead letters, by kind: what waits for a person.",
    labelNames: ["kind"],
    registers,
    async collect() {
      for (const [kind, count] of Object.entries(await read())) this.set({ kind }, count);
    },
  });
}

function addReconcileGauges(registers: Registry[], read: () => Promise<ReconcileFigures>): void {
  new Gauge({
    name: "dunlin_reconcile_age_seconds",
    help: "Since the last run of reconcile came to its end; absent before the first.",
    registers,
    async collect() {
      this.reset();
      const { ageS } = await read();
      if (ageS !== null) this.set(ageS);
      else this.remove();
    },
  });
  new Gauge({
    name: "dunlin_reconcile_findings",
    help: "Findings of the last run of reconcile, by class.",
    labelNames: ["class"],
    registers,
    async collect() {
      for (const [name, count] of Object.entries((await read()).findings)) this.set({ class: name }, count);
    },
  });
}

function addRuleGauges(registers: Registry[], read: () => Promise<RuleFigures>): void {
  const reads = new SingleFlight<RuleFigures>();
  // All of one scrape are read at once.
  const figures = (): Promise<RuleFigures> => reads.do("rules", read);
  new Gauge({
    name: "dunlin_rule_runs",
    help: "Open runs of rules, by rule and state.",
    labelNames: ["rule", "state"],
    registers,
    async collect() {
      const { runs } = await figures();
      this.reset();
      for (const { rule, state, count } of runs) this.set({ rule, state }, count);
    },
  });
  new Gauge({
    name: "dunlin_rules_stopped",
    help: "Rules that stand still, by a person or by their breaker.",
    labelNames: ["by"],
    registers,
    async collect() {
      for (const [by, count] of Object.entries((await figures()).stopped)) this.set({ by }, count);
    },
  });
  const single = {
    dunlin_rule_turns_due: ["Customers whose runs are to be looked at now.", "due"],
    dunlin_rule_lag_seconds: ["For how long the first of them has been due.", "lagS"],
    dunlin_rule_approvals_waiting: ["Drafts of messages that wait for a person.", "approvals"],
  } as const;
  for (const [name, [help, figure]] of Object.entries(single)) {
    new Gauge({
      name,
      help,
      registers,
      async collect() {
        this.set((await figures())[figure]);
      },
    });
  }
}
