/** Events: every change makes one, and each enabled endpoint that asked for its type is told. */
import type { Clock, Kernel } from "../kernel/types.ts";
import { API_VERSION } from "./objects/shared.ts";
import type { WebhookEndpoint } from "./objects/webhook-endpoint.ts";
import { signatureHeader } from "./signature.ts";
import type { Table } from "./table.ts";

const RETENTION_S = 30 * 86_400;
const PRUNE_EVERY = 500;

export type EventRequest = { readonly id: string | null; readonly idempotency_key: string | null };

export type StoredEvent = {
  readonly id: string;
  readonly created: number;
  readonly type: string;
  readonly object: object;
  readonly previous: object | null;
  readonly request: EventRequest;
  /** Endpoints that have not acknowledged it yet. */
  readonly pending: number;
};

type Burst = { readonly events: StoredEvent[] };

type Parts = {
  readonly kernel: Kernel;
  readonly table: Table<StoredEvent>;
  readonly endpoints: Table<WebhookEndpoint>;
  readonly retryDelaysMs: readonly number[];
  readonly burstSpreadMs: () => number;
};

const AUTOMATIC: EventRequest = { id: null, idempotency_key: null };

/** The stream of events of one account. */
export class Events {
  readonly #parts: Parts;
  readonly #clock: Clock;
  #request: EventRequest = AUTOMATIC;
  #burst: Burst | undefined;
  #silent = false;
  #sincePrune = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#clock = parts.kernel.clock;
  }

  /** Records what happened to an object, as it is now, and tells the endpoints. */
  emit(type: string, object: object, previous?: object): void {
    if (this.#silent) return;
    const { kernel, table } = this.#parts;
    const event: StoredEvent = {
      id: `evt_1${kernel.random.token(23)}`,
      created: this.#clock.nowS(),
      type,
      object,
      previous: previous ?? null,
      request: this.#request,
      pending: 0,
    };
    if (this.#burst === undefined) this.#publish(event, 0);
    else this.#burst.events.push(event);
    this.#sincePrune += 1;
    if (this.#sincePrune >= PRUNE_EVERY) this.#prune(table);
  }

  /** Whether nobody is told of anything at the moment. */
  get silent(): boolean {
    return this.#silent;
  }

  /** Runs something on behalf of an API request, which its events then name. */
  during<T>(request: EventRequest, run: () => T): T {
    const before = this.#request;
    this.#request = request;
    try {
      return run();
    } finally {
      this.#request = before;
    }
  }

  /** Runs something that nobody is told of: making up the past. */
  silently<T>(run: () => T): T {
    const before = this.#silent;
    this.#silent = true;
    try {
      return run();
    } finally {
      this.#silent = before;
    }
  }

  /**
   * Runs something whose events come as one burst, as after a purchase: within a second or two and not in causal
   * order. `latest` gives an object's newest state, since a late `invoice.created` shows what it has become.
   */
  burst<T>(run: () => T, latest: (event: StoredEvent) => object): T {
    if (this.#burst !== undefined || this.#silent) return run();
    const burst: Burst = { events: [] };
    this.#burst = burst;
    try {
      return run();
    } finally {
      this.#burst = undefined;
      this.#publishBurst(burst.events, latest);
    }
  }

  /** The event as an API answer or a webhook shows it. */
  render(event: StoredEvent, apiVersion: string): object {
    const { object, previous } = event;
    return {
      id: event.id,
      object: "event",
      api_version: apiVersion,
      created: event.created,
      data: previous === null ? { object } : { object, previous_attributes: previous },
      livemode: false,
      pending_webhooks: event.pending,
      request: event.request,
      type: event.type,
    };
  }

  /** Sends a stored event again to all endpoints, as a person does in the Dashboard. */
  resend(eventId: string): void {
    const event = this.#parts.table.get(eventId);
    if (event !== undefined) this.#publish({ ...event, pending: 0 }, 0);
  }

  #publishBurst(events: readonly StoredEvent[], latest: (event: StoredEvent) => object): void {
    const { random } = this.#parts.kernel;
    const spreadMs = this.#parts.burstSpreadMs();
    const shuffled = events
      .map((event) => ({ event, rank: random.next() }))
      .sort((left, right) => left.rank - right.rank);
    shuffled.forEach(({ event }, place) => {
      const object = event.type === "invoice.created" ? latest(event) : event.object;
      this.#publish({ ...event, object }, Math.round((spreadMs * place) / Math.max(1, shuffled.length - 1)));
    });
  }

  #publish(event: StoredEvent, delayMs: number): void {
    const endpoints = this.#subscribers(event.type);
    this.#parts.table.put({ ...event, pending: endpoints.length });
    for (const endpoint of endpoints) this.#deliver(event.id, endpoint, delayMs);
  }

  #subscribers(type: string): readonly WebhookEndpoint[] {
    return this.#parts.endpoints.all().filter((endpoint) => endpoint.status === "enabled" && wants(endpoint, type));
  }

  #deliver(eventId: string, endpoint: WebhookEndpoint, delayMs: number): void {
    const { kernel, table, retryDelaysMs } = this.#parts;
    const body = this.#lazyBody(eventId, endpoint);
    kernel.deliver({
      vendor: "stripe",
      url: endpoint.url,
      get body() {
        return body();
      },
      sign: (nowS) => ({
        "stripe-signature": signatureHeader(body(), endpoint.secret, nowS),
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      }),
      retryDelaysMs,
      label: `${eventId} ${table.get(eventId)?.type ?? ""}`,
      delayMs,
      settled: (delivered) => {
        const event = table.get(eventId);
        if (delivered && event !== undefined) table.put({ ...event, pending: Math.max(0, event.pending - 1) });
      },
    });
  }

  /** A long queue of webhooks should hold ids, not texts: the body is written when it is sent. */
  #lazyBody(eventId: string, endpoint: WebhookEndpoint): () => string {
    let text: string | undefined;
    return () => {
      const event = this.#parts.table.get(eventId);
      text ??=
        event === undefined ? "{}" : JSON.stringify(this.render(event, endpoint.api_version ?? API_VERSION), null, 2);
      return text;
    };
  }

  #prune(table: Table<StoredEvent>): void {
    this.#sincePrune = 0;
    const tooOld = this.#clock.nowS() - RETENTION_S;
    const gone: string[] = [];
    for (const event of table.oldestFirst()) {
      if (event.created >= tooOld) break;
      gone.push(event.id);
    }
    for (const id of gone) table.delete(id);
  }
}

function wants(endpoint: WebhookEndpoint, type: string): boolean {
  return endpoint.enabled_events.includes("*") || endpoint.enabled_events.includes(type);
}
