/** Deliveries as the vendors make them: their own signature schemes, written from their documentation. */
import { createHmac, randomBytes } from "node:crypto";

export type SignedOptions = {
  readonly secret: string;
  /** When it was signed; now unless a test is about time. */
  readonly atS?: number;
};

export type EventParts = {
  readonly type: string;
  readonly object: Readonly<Record<string, unknown>>;
  readonly previous?: Readonly<Record<string, unknown>>;
  readonly createdS?: number;
  readonly livemode?: boolean;
};

/** A snapshot event in the pinned version, pretty-printed as Stripe sends it. */
export function stripeEventBody({ type, object, previous, createdS = nowS(), livemode = false }: EventParts): string {
  const data = previous === undefined ? { object } : { object, previous_attributes: previous };
  const event = {
    id: `evt_1${randomBytes(12).toString("hex")}`,
    object: "event",
    api_version: "2026-10-28.endive",
    created: createdS,
    data,
    livemode,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type,
  };
  return JSON.stringify(event, null, 2);
}

/** `Stripe-Signature` over `<seconds>.<body>` with HMAC-SHA256. */
export function stripeSignature(body: string, { secret, atS = nowS() }: SignedOptions): string {
  return `t=${atS},v1=${createHmac("sha256", secret).update(`${atS}.${body}`).digest("hex")}`;
}

/** Delivers a signed event to a Dunlin and resolves with the answer. */
export function deliverStripeEvent(url: string, body: string, signed: SignedOptions): Promise<Response> {
  return fetch(`${url}/webhooks/stripe`, {
    method: "POST",
    headers: { "content-type": "application/json; charset=utf-8", "stripe-signature": stripeSignature(body, signed) },
    body,
  });
}

function nowS(): number {
  return Math.floor(Date.now() / 1000);
}
