/** Instants as people and programs outside read them. */

/** Unix seconds as `2026-11-30T00:00:00.000Z`. */
export function isoOf(atS: number): string {
  return new Date(atS * 1000).toISOString();
}
