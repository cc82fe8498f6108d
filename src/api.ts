/** What the admin API reads and changes: each resource with the parts that it needs. It belongs to the composition root. */
import { reportingOf, type Config } from "./config.ts";
import type { Bulletin } from "./db/bulletin.ts";
import type { DatabaseConfig, Pool } from "./db/pool.ts";
import type { ApiSources } from "./http/server.ts";
import type { Mapping } from "./mapping/mapping.ts";
import type { Contexts } from "./pipeline/context.ts";
import type { UsageParts } from "./pipeline/keep-usage.ts";
import { loadMapping } from "./pipeline/mapping-in-force.ts";
import type { UsageReading } from "./pipeline/refresh-usage.ts";
import type { StripeClient } from "./stripe/client.ts";
import type { Standing } from "./standing.ts";
import { findConfirmedAt } from "./upkeep/confirmed.ts";
import type { Pauses } from "./upkeep/pauses.ts";
import { leaveOf } from "./upkeep/rules/save-rules.ts";
import type { StripeAccount } from "./upkeep/stripe-account.ts";
import type { RulesWork } from "./upkeep/rules-work.ts";
import type { Workforce } from "./upkeep/workforce.ts";

export type ApiGround = {
  readonly config: Config;
  readonly pool: Pool;
  readonly database: DatabaseConfig;
  /** Names this process. */
  readonly node: string;
  readonly accounts: readonly StripeAccount[];
  readonly standing: Standing;
  readonly bulletin: Bulletin;
  readonly pauses: Pauses;
  /** Undefined before the work has begun, and on a node that does none. */
  readonly workforce: () => Workforce | undefined;
  /** Undefined until both vendors are connected. */
  readonly contexts: () => Contexts | undefined;
  /** The one that this node works by; undefined until it was read. */
  readonly mapping: () => Mapping | undefined;
  readonly rules: RulesWork;
  /** How the usage of an account is read from Stripe; undefined before it is joined. */
  readonly usageReading: (account: string) => UsageReading | undefined;
  readonly onCrossed: UsageParts["onCrossed"];
  /** Effects were entered into the ledger. */
  readonly onPlanned: () => void;
};

/** The sources of every resource. What is asked for wakes this node if it works, and tells the others. */
export function apiSources(ground: ApiGround): ApiSources {
  const { config, pool, accounts, standing, bulletin, workforce } = ground;
  const contactUrl = (id: string): string | null => standing.contactUrl(id);
  const inForce = (): Promise<Mapping> => loadMapping(pool, config.attributePreset);
  const reporting = reportingOf(config);
  const clientOf = (account: string): StripeClient | undefined =>
    accounts.find((one) => one.account === account)?.client;
  return {
    backfill: { pool, accounts: () => accounts.map(({ account }) => account) },
    companies: {
      pool,
      companyUrl: (id) => standing.workspaceUrl(`companies/${id}/users`),
      onRenewed: () => workforce()?.wakeAll(),
    },
    dead: { pool, onReplayed: () => replayed(ground) },
    effects: { pool, onPlanned: ground.onPlanned },
    explain: {
      pool,
      mapping: inForce,
      reporting,
      nowMs: Date.now,
      contactUrl,
      confirmedAt: (contactId) => findConfirmedAt(pool, contactId),
    },
    identities: { pool, contactUrl },
    mapping: { pool, reporting, inForce, contexts: ground.contexts, onSaved: () => bulletin.publish("mapping") },
    nodes: { pool, node: ground.node, nowMs: Date.now },
    openInvoice: { pool, reporting, mapping: inForce, stripe: clientOf },
    pauses: { pool, onChanged: () => pausesChanged(ground) },
    plans: pool,
    reconcile: { pool },
    rules: {
      pool,
      mapping: inForce,
      leave: leaveOf(config),
      contexts: ground.contexts,
      nowMs: ground.rules.nowMs,
      onChanged: async () => {
        await ground.rules.book.reload();
        bulletin.publish("rules");
        workforce()?.wakeRules();
      },
      onWoken: () => {
        bulletin.publish("turns");
        workforce()?.wakeRules();
      },
    },
    savings: {
      pool,
      nowMs: Date.now,
      stripe: clientOf,
      confirm: config.confirmSavings === "preview",
    },
    simulations: { pool, database: ground.database, mapping: inForce, reporting, nowMs: ground.rules.nowMs },
    usage: {
      pool,
      nowMs: Date.now,
      token: config.usageToken,
      rules: async () => (ground.mapping() ?? (await inForce())).document.usage,
      reading: ground.usageReading,
      onPushed: () => customersQueued(ground),
      onCrossed: ground.onCrossed,
    },
  };
}

function replayed({ workforce, bulletin }: ApiGround): void {
  workforce()?.wakeAll();
  for (const topic of ["jobs", "waiting-events", "effects"] as const) bulletin.publish(topic);
}

async function pausesChanged({ pauses, bulletin }: ApiGround): Promise<void> {
  await pauses.read();
  bulletin.publish("pauses");
}

function customersQueued({ workforce, bulletin }: ApiGround): void {
  const own = workforce();
  if (own) own.engine.wake();
  else bulletin.publish("jobs", "calm");
}
