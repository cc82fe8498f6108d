/**
 * Watches the webhook endpoint of one account from behind: whether deliveries come, and whether the endpoint still is what
 * we made of it. What can be mended is mended, and what happened is said once. Runs where the account's list is polled.
 */
import { findSetting, saveSetting } from "../connections/store.ts";
import { withLock } from "../db/lock.ts";
import type { Pool } from "../db/pool.ts";
import { isRecord } from "../lib/json.ts";
import { codeOf, messageOf } from "../model/error.ts";
import type { Log } from "../pipeline/context.ts";
import type { StripeClient } from "../stripe/client.ts";
import { readList } from "../stripe/objects.ts";
import { firstHealth, nextHealth, type DeliveryHealth, type DeliverySign } from "./delivery-health.ts";
import { pollingPace, type Pace } from "./poll-events.ts";
import { endpointTrouble, ensureEndpoint, type StoredEndpoint } from "./setup-stripe.ts";

export type EndpointWatchSettings = {
  readonly account: string;
  readonly pool: Pool;
  readonly stripe: StripeClient;
  /** Where the endpoint should point; null when the operator manages it, so that nothing of it can be mended. */
  readonly url: string | null;
  /** The types that it should subscribe to. */
  readonly types: () => readonly string[];
  /** The endpoint that Dunlin made, as it is stored. */
  readonly stored: () => Promise<StoredEndpoint | undefined>;
  /** Stores a new one, and lets every node know. */
  readonly keep: (endpoint: StoredEndpoint) => Promise<void>;
  /** Whether a delivery brought an event after this moment, on whatever node. */
  readonly deliveredSince: (moment: Date) => Promise<boolean>;
  /** How often the list is read while all is well. */
  readonly catchUp: Pace;
  readonly nowMs: () => number;
  readonly log: Log;
};

/** What is known of the way that events come in; kept for doctor and page. */
export type WatchReport = {
  readonly deliveries: DeliveryHealth["state"];
  /** ISO time. */
  readonly since: string;
  /** What is wrong with the endpoint and could not be mended. */
  readonly trouble: string | null;
  /** The last thing that was mended, as a sentence. */
  readonly mended: string | null;
  /** ISO time of that. */
  readonly mendedAt: string | null;
};

/** While deliveries are missing, the endpoint is looked at so often at most. */
const checkAgainMs = 60_000;
/** A new endpoint, and so a new secret, for deliveries that are refused; more often would not help. */
const remakeAgainMs = 24 * 3_600_000;
/** Deliveries that fail now and then are no news each time. */
const sayAgainMs = 3_600_000;

export class EndpointWatch {
  readonly #settings: EndpointWatchSettings;
  #health: DeliveryHealth;
  #report: WatchReport | undefined;
  #checkedMs = Number.NEGATIVE_INFINITY;
  #saidMs = Number.NEGATIVE_INFINITY;
  #remadeMs = Number.NEGATIVE_INFINITY;

  constructor(settings: EndpointWatchSettings) {
    this.#settings = settings;
    this.#health = firstHealth(settings.nowMs());
  }

  /** How often the list must be read: every few seconds while it is the only way in. */
  pace(): Pace {
    return this.#health.state === "missing" ? pollingPace : this.#settings.catchUp;
  }

  /** Deliveries are expected to bring what happens. */
  get isTrusted(): boolean {
    return this.#health.state === "working";
  }

  /** The door took a genuine delivery. */
  delivered(): void {
    this.#sign("delivered");
  }

  /** The door refused a delivery that none of our secrets had signed. Answers whether that is new since the last genuine one. */
  refused(): boolean {
    const isNew = !this.#health.refused;
    this.#sign("refused");
    return isNew;
  }

  /** The list was read; `missed` of its events should have been delivered long before. Looks at the endpoint when it is time. */
  async afterPoll(missed: number): Promise<void> {
    const { nowMs, deliveredSince } = this.#settings;
    if (missed > 0) this.#sign("missed");
    else if (this.#health.state === "missing" && (await deliveredSince(new Date(this.#health.sinceMs))))
      this.#sign("delivered");
    const isMissing = this.#health.state === "missing";
    const againMs = isMissing ? Math.min(checkAgainMs, this.#settings.catchUp.busyMs) : this.#settings.catchUp.busyMs;
    if (missed > 0 && this.#health.sinceMs > this.#checkedMs) await this.#check();
    else if (nowMs() - this.#checkedMs >= againMs) await this.#check();
    await this.#save();
  }

  #sign(sign: DeliverySign): void {
    const { nowMs, account, log } = this.#settings;
    const before = this.#health;
    this.#health = nextHealth(before, sign, nowMs());
    if (this.#health.state === before.state || nowMs() - this.#saidMs < sayAgainMs) return;
    if (this.#health.state === "working") return log.info({ account }, "Stripe's deliveries come again");
    this.#saidMs = nowMs();
    log.warn({ account }, "Stripe's deliveries do not come; until they do, events are fetched every few seconds");
  }

  /** What cannot be looked at or mended stays as it is; events come by the list. */
  async #check(): Promise<void> {
    const { account, pool, log, nowMs, url } = this.#settings;
    this.#checkedMs = nowMs();
    if (url === null) return;
    try {
      // The lock under which accounts are joined too.
      await withLock(pool, `join-stripe:${account}`, () => this.#mend(url));
      this.#change({ trouble: null });
    } catch (error) {
      const trouble = messageOf(error);
      if (this.#report?.trouble !== trouble)
        log.error(
          { account, code: codeOf(error) },
          `Stripe's webhook endpoint could not be checked or mended: ${trouble}`,
        );
      this.#change({ trouble });
    }
  }

  async #mend(url: string): Promise<void> {
    const { stripe, stored: find, keep, account, log, nowMs } = this.#settings;
    const stored = await find();
    const types = this.#settings.types();
    const trouble = endpointTrouble(await readList(stripe, "/v1/webhook_endpoints", {}), { stored, url, types });
    const isRejected = trouble === null && this.#secretIsWrong();
    if (trouble === null && !isRejected) return;
    if (isRejected) this.#remadeMs = nowMs();
    const { endpoint, change } = await ensureEndpoint(stripe, { url, types, stored: isRejected ? undefined : stored });
    if (change === "created") await keep({ endpointId: endpoint.endpointId, secret: endpoint.secret });
    const what = trouble === null ? "signed with another secret" : trouble;
    const mended = `the webhook endpoint ${what}; it was ${change === "created" ? "made again" : "set right"}`;
    log.warn({ account, endpointId: endpoint.endpointId }, `Stripe: ${mended}`);
    this.#change({ mended, mendedAt: new Date(nowMs()).toISOString() });
  }

  /** Deliveries come and none is genuine: somebody rolled the secret, which Stripe shows only to them. */
  #secretIsWrong(): boolean {
    const { refused, state } = this.#health;
    return refused && state === "missing" && this.#settings.nowMs() - this.#remadeMs >= remakeAgainMs;
  }

  #change(parts: Partial<WatchReport>): void {
    this.#report = { ...(this.#report ?? this.#now()), ...parts };
  }

  #now(): WatchReport {
    const { state, sinceMs } = this.#health;
    const since = new Date(sinceMs).toISOString();
    return { deliveries: state, since, trouble: null, mended: null, mendedAt: null };
  }

  /** Kept when it says something new. */
  async #save(): Promise<void> {
    const { pool, account } = this.#settings;
    const stored = await findWatchReport(pool, account);
    const { deliveries, since } = this.#now();
    const { trouble = null, mended, mendedAt } = this.#report ?? {};
    const report: WatchReport = {
      deliveries,
      since: stored?.deliveries === deliveries ? stored.since : since,
      trouble,
      mended: mended ?? stored?.mended ?? null,
      mendedAt: mendedAt ?? stored?.mendedAt ?? null,
    };
    if (JSON.stringify(report) !== JSON.stringify(stored)) await saveSetting(pool, watchSetting(account), report);
  }
}

function watchSetting(account: string): string {
  return `webhook-watch:${account}`;
}

/** What the watch found last; undefined before the first look, and where events are only fetched. */
export async function findWatchReport(pool: Pool, account: string): Promise<WatchReport | undefined> {
  const value = await findSetting(pool, watchSetting(account));
  return isReport(value) ? value : undefined;
}

/** Written by this file only. */
function isReport(value: unknown): value is WatchReport {
  return isRecord(value) && typeof value["deliveries"] === "string" && typeof value["since"] === "string";
}

/** What a person should know of it, as the end of a sentence; null when all is well and nothing happened lately. */
export function describeWatch(report: WatchReport | undefined, nowMs: number): string | null {
  if (!report) return null;
  const { deliveries, since, trouble, mended, mendedAt } = report;
  const parts = [
    ...(deliveries === "missing"
      ? [`deliveries do not come since ${shortTime(since)}, so events are fetched every few seconds`]
      : []),
    ...(trouble === null ? [] : [`the endpoint could not be mended: ${trouble}`]),
    ...(mended !== null && mendedAt !== null && nowMs - Date.parse(mendedAt) < mendedShownMs
      ? [`${shortTime(mendedAt)}: ${mended}`]
      : []),
  ];
  return parts.length === 0 ? null : parts.join("; ");
}

const mendedShownMs = 24 * 3_600_000;

function shortTime(iso: string): string {
  return `${iso.slice(0, 16).replace("T", " ")} UTC`;
}
