/** Proves that a body was signed by Stripe, before anything reads it. Rules: docs.stripe.com/webhooks/signature. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { AppError } from "../model/error.ts";

/** The request carries no readable `Stripe-Signature`. */
export class SignatureMissing extends AppError {
  readonly code = "STRIPE_SIGNATURE_MISSING";
  readonly kind = "invalid";
  constructor() {
    super("The Stripe-Signature header is missing or unreadable; only Stripe may call this address.");
  }
}

/** No signature in the header belongs to this body and one of our secrets. */
export class SignatureInvalid extends AppError {
  readonly code = "STRIPE_SIGNATURE_INVALID";
  readonly kind = "invalid";
  constructor() {
    super(
      "The signature does not fit the body and any of the endpoint's secrets. Check STRIPE_WEBHOOK_SECRET, and that no proxy changes the body.",
    );
  }
}

/** The signed time is too far from ours: a replayed request, or a clock that is wrong. */
export class SignatureExpired extends AppError {
  readonly code = "STRIPE_SIGNATURE_EXPIRED";
  readonly kind = "invalid";
  constructor(offByS: number) {
    super(
      `The signed time is ${Math.abs(offByS)} s in the ${offByS > 0 ? "past" : "future"}. Repeated requests are refused; if this is a fresh delivery, check this machine's clock.`,
    );
  }
}

/** How far the signed time may be from ours, in both directions. Stripe's own default for the past. */
export const toleranceS = 300;

export type SignatureCheck = {
  readonly body: Buffer;
  readonly header: string | undefined;
  /** Every secret that is valid now; two while one is being rolled. */
  readonly secrets: readonly string[];
  readonly nowS: number;
};

/** Returns when the body is Stripe's; throws SignatureMissing, SignatureInvalid or SignatureExpired. */
export function verifyStripeSignature({ body, header, secrets, nowS }: SignatureCheck): void {
  const { timestamp, signatures } = readHeader(header);
  // Whoever knows that a secret is blank could sign with it.
  const genuine = secrets
    .filter((secret) => secret.trim() !== "")
    .some((secret) => {
      const expected = createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest();
      return signatures.some((signature) => timingSafeEqual(signature, expected));
    });
  if (!genuine) throw new SignatureInvalid();
  const offByS = nowS - Number(timestamp);
  if (Math.abs(offByS) > toleranceS) throw new SignatureExpired(offByS);
}

type Header = { readonly timestamp: string; readonly signatures: readonly Buffer[] };

const headerLengthMax = 4096;

/** `t=…,v1=…[,v1=…]`; other schemes are test artefacts and must be ignored. */
function readHeader(header: string | undefined): Header {
  if (header === undefined || header.length > headerLengthMax) throw new SignatureMissing();
  const parts = header.split(",").map((part) => part.trim());
  const timestamp = parts.find((part) => part.startsWith("t="))?.slice(2) ?? "";
  const signatures = parts
    .filter((part) => /^v1=[0-9a-f]{64}$/.test(part))
    .map((part) => Buffer.from(part.slice(3), "hex"));
  if (!/^\d{1,12}$/.test(timestamp) || signatures.length === 0) throw new SignatureMissing();
  return { timestamp, signatures };
}
