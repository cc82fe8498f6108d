/** One joined Stripe account: its client, how its events come in, and where its history stands. */
import { mainAccount } from "../connections/connection.ts";
import type { Pool } from "../db/pool.ts";
import type { SecretBox } from "../lib/secret-box.ts";
import { Stopwatch } from "../lib/stopwatch.ts";
import { hasDeliveries } from "../events/store.ts";
import type { MomentSwitches } from "../model/moment-switch.ts";
import type { Log } from "../pipeline/context.ts";
import { EventReceiver, type Committed } from "../pipeline/receive-event.ts";
import { typesWith } from "../events/catalogue.ts";
import type { MomentSource } from "../pipeline/plan-moments.ts";
import type { RulesAtWork } from "../pipeline/rules-now.ts";
import type { ObjectKind } from "../model/stripe-object.ts";
import type { StripeClient } from "../stripe/client.ts";
import { findBackfill, type BackfillState } from "./backfill.ts";
import { findStoredEndpoint, joinStripe, keepEndpoint, webhookAddress, type StripeJoined } from "./connect.ts";
import { overdueAfterMs } from "./delivery-health.ts";
import { catchUpPace, EventPoller, pollingPace, type PollerSettings } from "./poll-events.ts";
import { EndpointWatch } from "./watch-endpoint.ts";

export type StripeAccountSettings = {
  /** Our name of the account. */
  readonly account: string;
  readonly client: StripeClient;
  readonly pool: Pool;
  readonly box: SecretBox;
  readonly settleMs: number;
  /** Secrets of endpoints that the operator manages. */
  readonly givenSecrets: readonly string[] | undefined;
  readonly publicUrl: string | undefined;
  /** How often the list of events is read behind the webhook. */
  readonly catchUpMs: number;
  readonly log: Log;
  /** Kinds of objects whose changes the mapping wants to leave at once. */
  readonly urgentKinds?: (() => ReadonlySet<ObjectKind>) | undefined;
  /** Which moments are told; none without it. */
  readonly moments?: (() => MomentSwitches) | undefined;
  /** Rules that look at what happens; none without it. */
  readonly rules?: RulesAtWork | undefined;
  /** Where the mapping looks for a plan's name. */
  readonly planName?: MomentSource["planName"];
  readonly onCommitted: (committed: Committed) => void;
  /** A new endpoint was stored: other nodes need its secret. */
  readonly onEndpoint: () => void;
};

const renewEveryMs = 5_000;
/** Stripe's times are whole seconds. */
const wholeSecondMs = 1_000;

export class StripeAccount {
  readonly account: string;
  readonly client: StripeClient;
  readonly receiver: EventReceiver;
  /** What is told of its moments. */
  readonly moments: MomentSource | undefined;
  readonly #settings: StripeAccountSettings;
  #secrets: readonly string[] = [];
  #secretsRead = new Stopwatch();
  #joined: StripeJoined | undefined;
  /** Both only on the node that has the duty. */
  #watch: EndpointWatch | undefined;
  #poller: EventPoller | undefined;
  /** Where the backfill stands. */
  backfill: BackfillState | undefined;

  constructor(settings: StripeAccountSettings) {
    const { account, client, pool, settleMs, urgentKinds, onCommitted, moments, planName, rules } = settings;
    this.#settings = settings;
    this.account = account;
    this.client = client;
    this.moments = moments && {
      account,
      livemode: client.livemode,
      switches: moments,
      planName,
      isHistoryLoaded: () => this.#isHistoryLoaded(),
      rules: rules?.now,
      nowMs: rules?.nowMs ?? Date.now,
    };
    this.receiver = new EventReceiver({ account, pool, settleMs, urgentKinds, onCommitted, moments: this.moments });
  }

  /** Asked seldom, and also before the work of this node has begun. */
  async #isHistoryLoaded(): Promise<boolean> {
    this.backfill ??= await findBackfill(this.#settings);
    return this.backfill?.historyLoaded === true;
  }

  get isMain(): boolean {
    return this.account === mainAccount;
  }

  /** What joining found; undefined before. */
  get joined(): StripeJoined | undefined {
    return this.#joined;
  }

  /** Secrets that deliveries are checked with. */
  get secrets(): readonly string[] {
    return this.#secrets;
  }

  get livemode(): boolean {
    return this.client.livemode;
  }

  /** Names that the address of its webhook may end in. */
  get names(): readonly string[] {
    const id = this.#joined?.accountId;
    return id ? [this.account, id] : [this.account];
  }

  /** A genuine delivery came. */
  delivered(): void {
    this.#watch?.delivered();
  }

  /** A delivery was refused because no secret fits: should that be the rule, it shows as soon as events are overdue. */
  refused(): void {
    if (this.#watch?.refused()) this.#poller?.wake(overdueAfterMs(this.#settings.catchUpMs) + wholeSecondMs);
  }

  /** The poller of its events, at the pace that the way they come in asks for; one node has it at a time. */
  openPoller(parts: Pick<PollerSettings, "context" | "isOpen" | "onBlocked" | "onGap">): EventPoller {
    const { catchUpMs } = this.#settings;
    const watch = this.#joined?.source.how === "poll" ? undefined : this.#openWatch();
    this.#watch = watch;
    this.#poller = new EventPoller({
      ...parts,
      receiver: this.receiver,
      overdueAfterMs: overdueAfterMs(catchUpMs),
      leavesYoung: () => watch?.isTrusted ?? false,
      pace: () => watch?.pace() ?? pollingPace,
      onPolled: async (missed) => watch?.afterPoll(missed),
    });
    return this.#poller;
  }

  /** Also those that rules go by. */
  #types(): readonly string[] {
    return typesWith(this.#settings.rules?.now().eventTypes ?? []);
  }

  #openWatch(): EndpointWatch {
    const { account, client, pool, publicUrl, givenSecrets, catchUpMs, log, onEndpoint } = this.#settings;
    return new EndpointWatch({
      account,
      pool,
      stripe: client,
      url: givenSecrets || publicUrl === undefined ? null : webhookAddress(publicUrl, account),
      stored: () => findStoredEndpoint(this.#settings, account),
      types: () => this.#types(),
      keep: async (endpoint) => {
        await keepEndpoint(this.#settings, account, endpoint);
        // What the one before signed may be on its way.
        this.#secrets = [endpoint.secret, ...this.#secrets.slice(0, 1)];
        onEndpoint();
      },
      deliveredSince: (moment) => hasDeliveries(pool, account, moment),
      catchUp: catchUpPace(catchUpMs),
      nowMs: Date.now,
      log,
    });
  }

  /** Reads the secrets that are kept, so that deliveries are taken before Stripe answers, and after another node made a new endpoint. */
  async readSecrets(): Promise<void> {
    const { givenSecrets } = this.#settings;
    if (givenSecrets) this.#secrets = givenSecrets;
    else {
      const stored = await findStoredEndpoint(this.#settings, this.account);
      this.#secrets = stored ? [stored.secret] : [];
    }
  }

  /**
   * Reads the secrets again, at most every few seconds, so that forged deliveries cost nothing. True when they are others
   * now: another node, or `dunlin connect`, has made a new endpoint.
   */
  renewSecrets = async (): Promise<boolean> => {
    if (this.#secretsRead.elapsedMs() < renewEveryMs) return false;
    this.#secretsRead = new Stopwatch();
    const before = this.#secrets.join();
    await this.readSecrets();
    return this.#secrets.join() !== before;
  };

  /** Finds the account and settles how its events come in. Twice is the same as once. */
  async join(): Promise<StripeJoined> {
    const { account, givenSecrets, publicUrl } = this.#settings;
    const joined = await joinStripe(this.#settings, this.client, {
      account,
      publicUrl,
      secrets: givenSecrets,
      types: this.#types(),
    });
    if (joined.source.how === "webhook") this.#secrets = [joined.source.secret];
    this.#joined = joined;
    return joined;
  }

  /** Customers created before this second may have a history that is not loaded; null once everything is. */
  historyMissingBeforeS(nowMs: number): number | null {
    return this.backfill?.historyLoaded ? null : (this.backfill?.startedS ?? Math.floor(nowMs / 1000));
  }
}
