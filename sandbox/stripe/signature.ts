/** The `Stripe-Signature` header. */
import { createHmac } from "node:crypto";

/** Signs a body for one endpoint: HMAC-SHA256 of `t.body` with the secret as it is, prefix included. */
export function signatureHeader(body: string, secret: string, nowS: number): string {
  const signature = createHmac("sha256", secret).update(`${nowS}.${body}`).digest("hex");
  return `t=${nowS},v1=${signature}`;
}
