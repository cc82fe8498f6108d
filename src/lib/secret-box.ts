/** Keeps credentials at rest: AES-256-GCM with a key that is not in the database. */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

const version = 1;
const ivBytes = 12;
const tagBytes = 16;

export type SecretBox = {
  /** Encrypts; `context` names what it is for and must be the same to decrypt. */
  seal(plain: string, context: string): Buffer;
  /** Decrypts; `undefined` when the key or the context is another one or the bytes were changed. */
  open(sealed: Buffer, context: string): string | undefined;
};

/** A box whose key is derived from the operator's secret (any text of at least 32 characters). */
export function createSecretBox(secret: string): SecretBox {
  const key = Buffer.from(hkdfSync("sha256", secret, "dunlin", "credentials", 32));
  return {
    seal(plain, context) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(context));
      const text = Buffer.concat([cipher.update(plain, "utf8"), cipher.final()]);
      return Buffer.concat([Buffer.from([version]), iv, cipher.getAuthTag(), text]);
    },
    open(sealed, context) {
      if (sealed[0] !== version || sealed.length < 1 + ivBytes + tagBytes) return undefined;
      const iv = sealed.subarray(1, 1 + ivBytes);
      const tag = sealed.subarray(1 + ivBytes, 1 + ivBytes + tagBytes);
      const decipher = createDecipheriv("aes-256-gcm", key, iv).setAAD(Buffer.from(context)).setAuthTag(tag);
      try {
        return decipher.update(sealed.subarray(1 + ivBytes + tagBytes), undefined, "utf8") + decipher.final("utf8");
      } catch {
        return undefined;
      }
    },
  };
}
