/** Station contacts: when two e-mail addresses are the same person's. */

/** The address without surrounding space, in one Unicode form and in lower case; null when it cannot be an address. */
export function normaliseEmail(email: string | null): string | null {
  const normal = email?.trim().normalize("NFC").toLowerCase() ?? "";
  return /^[^\s@]+@[^\s@]+$/.test(normal) ? normal : null;
}
