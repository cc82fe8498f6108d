/**
 * Calls an address of the business: signed, only on the public internet, once per call. The name is resolved here, and the
 * connection goes to the very address that was looked at, so that no name can change its mind in between.
 */
import { createHmac } from "node:crypto";
import { lookup, type LookupAddress, type LookupAllOptions } from "node:dns";
import type { LookupFunction } from "node:net";
import { Agent, request, type Dispatcher } from "undici";
import { isPrivateHost, isPublicAddress } from "../lib/private-host.ts";
import { AppError } from "../model/error.ts";

/** The address is not on the public internet. */
export class WebhookForbidden extends AppError {
  readonly code = "WEBHOOK_FORBIDDEN";
  readonly kind = "permanent";
  constructor() {
    super(
      "The webhook's address is not on the public internet. Use a public one, or allow private ones: DUNLIN_WEBHOOKS_PRIVATE=allow",
    );
  }
}

/** The receiver refused. */
export class WebhookRefused extends AppError {
  readonly code = "WEBHOOK_REFUSED";
  readonly kind = "permanent";
  constructor(status: number) {
    super(`The webhook's receiver answered ${status}. Look at what it expects, then replay the effect.`);
  }
}

/** No answer came, or one that asks to come again. */
export class WebhookUnavailable extends AppError {
  readonly code = "WEBHOOK_UNAVAILABLE";
  readonly kind = "transient";
  constructor(why: string, options?: ErrorOptions) {
    super(`The webhook's receiver could not be reached (${why}); it is called again.`, options);
  }
}

/** One call. */
export type WebhookCall = {
  readonly url: string;
  /** The same for every attempt, so that the receiver can tell repetitions. */
  readonly id: string;
  readonly body: string;
  readonly nowS: number;
};

export type WebhookSenderSettings = {
  readonly secret: string;
  /** Addresses in private networks may be called. */
  readonly allowPrivate: boolean;
  readonly timeoutMs?: number;
  /** Who resolves names; left out, the system. */
  readonly resolve?: Resolve;
};

/** All addresses of a name. */
type Resolve = (
  name: string,
  options: LookupAllOptions,
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const timeoutMs = 10_000;

/** `t=<unix seconds>,v1=<hex>`: HMAC-SHA-256 of `<unix seconds>.<body>` with the secret of webhooks. */
export function signatureOf(secret: string, { nowS, body }: Pick<WebhookCall, "nowS" | "body">): string {
  return `t=${nowS},v1=${createHmac("sha256", secret).update(`${nowS}.${body}`).digest("hex")}`;
}

/** The secret that webhooks are signed with, made of the server's own so that neither tells the other. */
export function webhookSecretOf(serverSecret: string): string {
  return createHmac("sha256", serverSecret).update("dunlin webhooks").digest("base64url");
}

/** Calls addresses. Redirects are not followed: they could lead anywhere. */
export class WebhookSender {
  readonly #settings: WebhookSenderSettings;
  readonly #agent: Agent;

  constructor(settings: WebhookSenderSettings) {
    this.#settings = settings;
    const { allowPrivate, resolve = lookup } = settings;
    this.#agent = new Agent({ connect: allowPrivate ? {} : { lookup: publicLookup(resolve) } });
  }

  /** Resolves when the receiver has accepted. Throws WebhookForbidden, WebhookRefused, WebhookUnavailable. */
  async send(call: WebhookCall): Promise<void> {
    const { secret, allowPrivate } = this.#settings;
    if (!allowPrivate && isPrivateHost(new URL(call.url).hostname)) throw new WebhookForbidden();
    const answer = await request(call.url, {
      dispatcher: this.#agent,
      method: "POST",
      headers: {
        "content-type": "application/json",
        "user-agent": "Dunlin",
        "dunlin-delivery": call.id,
        "dunlin-signature": signatureOf(secret, call),
      },
      body: call.body,
      signal: AbortSignal.timeout(this.#settings.timeoutMs ?? timeoutMs),
    }).catch((error: unknown) => {
      throw causedBy(error, WebhookForbidden) ?? new WebhookUnavailable("no answer", { cause: error });
    });
    await judge(answer);
  }

  close(): Promise<void> {
    return this.#agent.close();
  }
}

async function judge({ statusCode, body }: Dispatcher.ResponseData): Promise<void> {
  await body.dump().catch(() => undefined);
  if (statusCode >= 200 && statusCode < 300) return;
  if (statusCode === 408 || statusCode === 425 || statusCode === 429 || statusCode >= 500) {
    throw new WebhookUnavailable(`answer ${statusCode}`);
  }
  throw new WebhookRefused(statusCode);
}

function causedBy<E extends Error>(error: unknown, kind: new () => E): E | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof kind) return at;
  return undefined;
}

/** Resolves a name, and refuses it when any of its addresses is not public. */
function publicLookup(resolve: Resolve): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, "", 4);
      const [first] = addresses;
      if (!first || addresses.some(({ address }) => !isPublicAddress(address))) {
        return callback(new WebhookForbidden(), "", 4);
      }
      return options.all ? answerAll(callback, addresses) : callback(null, first.address, first.family);
    });
  };
}

function answerAll(callback: Parameters<LookupFunction>[2], addresses: LookupAddress[]): void {
  callback(null, addresses);
}
