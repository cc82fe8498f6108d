/** Station billing: which payload versions can be read as they are. */

/** The version that the webhook endpoint, the client and every extractor are written for. */
export const apiVersion = "2026-10-28.endive";

/** Since then the fields that we take have stood where they stand now (Stripe changelog, basil). */
const readableSince = "2025-03-31";
const readableUntil = apiVersion.slice(0, 10);

/** False when the body must not be trusted to have our shape, so that the object is read from Stripe instead. */
export function isReadable(version: string | null): boolean {
  if (version === null || version === apiVersion) return true;
  const day = version.slice(0, 10);
  return day >= readableSince && day <= readableUntil;
}
