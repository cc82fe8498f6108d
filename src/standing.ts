/** How the running server stands, for those who ask: its health, its connections, and where Intercom shows what it wrote. It belongs to the composition root. */
import type { Pulse } from "../contract/pulse.ts";
import type { Config } from "./config.ts";
import type { Vendor } from "./connections/connection.ts";
import type { Pool } from "./db/pool.ts";
import { query, sql } from "./db/query.ts";
import type { Readiness } from "./http/health.ts";
import type { Keys } from "./installation.ts";
import { worksOnJobs } from "./model/role.ts";
import type { Liveness } from "./queue/liveness.ts";
import { measureQueue } from "./queue/sync-jobs.ts";
import type { IntercomJoined, StripeJoined } from "./upkeep/connect.ts";
import type { Pauses } from "./upkeep/pauses.ts";
import type { StripeAccount } from "./upkeep/stripe-account.ts";
import { describeWatch, findWatchReport } from "./upkeep/watch-endpoint.ts";
import type { Workforce } from "./upkeep/workforce.ts";

/** What joining found out, of the main account and of the workspace. */
export type Joined = { readonly stripe: StripeJoined; readonly intercom: IntercomJoined };

export type StandingGround = {
  readonly config: Pick<Config, "role">;
  readonly keys: Pick<Keys, "intercomRegion">;
  readonly pool: Pool;
  /** Of the local sandbox, which shows contacts on its own page; null for the real Intercom. */
  readonly sandboxUrl: string | null;
  readonly accounts: readonly StripeAccount[];
  readonly pauses: Pauses;
  readonly liveness: Liveness;
  /** Undefined until both vendors are connected. */
  readonly joined: () => Joined | undefined;
  /** Undefined before the work has begun, and on a node that does none. */
  readonly workforce: () => Workforce | undefined;
};

type Connection = Pulse["connections"][number];

export class Standing {
  readonly #ground: StandingGround;

  constructor(ground: StandingGround) {
    this.#ground = ground;
  }

  /** Ready is a node whose database, vendors and queues work. */
  async readiness(): Promise<Readiness> {
    const { pool, pauses, joined } = this.#ground;
    const database = await query(pool, sql.plain("select 1")).then(
      () => "ok",
      () => "out of reach; deliveries are refused with 503 so that they are sent again",
    );
    const connected = joined() ? "ok" : "connecting";
    const parts = {
      database,
      stripe: this.#stripeReason() ?? connected,
      intercom: pauses.reasonOf("intercom") ?? connected,
      queues: this.#queuesState(),
    };
    return { ready: Object.values(parts).every((state) => state === "ok"), parts };
  }

  /** Of several accounts the first that is paused. */
  #stripeReason(): string | null {
    const { accounts, pauses } = this.#ground;
    for (const { account } of accounts) {
      const reason = pauses.reasonOf(`stripe:${account}`);
      if (reason !== null) return accounts.length === 1 ? reason : `${account}: ${reason}`;
    }
    return null;
  }

  #queuesState(): string {
    const { config, liveness, workforce } = this.#ground;
    if (!worksOnJobs(config.role))
      return liveness.otherWorkers > 0 ? "ok" : "no worker node is alive; what comes in is kept for the next one";
    const own = workforce();
    if (!own) return "not started";
    return own.isBroken ? "Intercom does not answer; jobs are kept and tried again" : "ok";
  }

  /** Jobs that wait, by lane, and dead letters. */
  async queueCounts(): Promise<Readonly<Record<string, number>>> {
    const { urgent, calm, backfill, dead } = await measureQueue(this.#ground.pool);
    return { urgent, calm, backfill, dead };
  }

  /** Both vendors, as the page shows them. */
  async connections(): Promise<Connection[]> {
    const joined = this.#ground.joined();
    const events = await this.#eventsDetail(joined);
    return [
      this.#connection("stripe", { label: joined?.stripe.label ?? "Stripe", detail: events === "" ? null : events }),
      this.#connection("intercom", { label: joined?.intercom.label ?? "Intercom", detail: null }),
    ];
  }

  #connection(vendor: Vendor, shown: Pick<Connection, "label" | "detail">): Connection {
    const reason = vendor === "stripe" ? this.#stripeReason() : this.#ground.pauses.reasonOf("intercom");
    const state = reason !== null ? "paused" : this.#ground.joined() ? "active" : "connecting";
    return { vendor, state, reason, ...shown };
  }

  /** Where events come from, and what was noticed about it. */
  async #eventsDetail(joined: Joined | undefined): Promise<string> {
    const { accounts, pool } = this.#ground;
    const source = joined?.stripe.checks.find(({ name }) => name === "Events")?.detail;
    const reports = await Promise.all(accounts.map(({ account }) => findWatchReport(pool, account)));
    const watched = reports.map((report) => describeWatch(report, Date.now())).filter((text) => text !== null);
    return [...(source === undefined ? [] : [`events ${source}`]), ...watched].join("; ");
  }

  /** Where people see a contact; null while the workspace is not known. */
  contactUrl(contactId: string): string | null {
    const { sandboxUrl } = this.#ground;
    if (sandboxUrl !== null) return `${sandboxUrl}/?contact=${contactId}`;
    return this.workspaceUrl(`users/${contactId}/all-conversations`);
  }

  /** A page of the workspace in Intercom; the sandbox has none. */
  workspaceUrl(page: string): string | null {
    const { sandboxUrl, keys, joined } = this.#ground;
    const workspace = joined()?.intercom.workspace.appId;
    if (sandboxUrl !== null || !workspace) return null;
    const host = keys.intercomRegion === "us" ? "app.intercom.com" : `app.${keys.intercomRegion}.intercom.com`;
    return `https://${host}/a/apps/${workspace}/${page}`;
  }
}
