/** Short, stable fingerprints of text. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** The first 32 hex digits of SHA-256. */
export function fingerprint(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}

/** SHA-256 of a token, hex: what is stored instead of the token. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** HMAC-SHA-256 over bytes; `use` keeps what is signed for one thing from counting for another. */
export function keyedHash(secret: string, use: string, bytes: Uint8Array): Buffer {
  return createHmac("sha256", secret).update(`${use}\n`).update(bytes).digest();
}

/** Whether two hashes are the same; takes as long wherever they differ. */
export function isSameHash(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
