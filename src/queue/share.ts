/** What part of the vendors' rate limits a node may use, given what the other live nodes use. */
import { worksOnJobs, type Role } from "../model/role.ts";

/** A node as the others see it. */
export type NodeShare = { readonly role: Role; readonly share: number };

/**
 * Shares are whole millionths: sums of fractions depend on the order of the summands, and nodes that read each other in
 * another order every time would go on correcting each other for ever.
 */
const parts = 1_000_000;

/**
 * Every working node gets the same part in the end. A part grows only as far as the others have shrunk already, so that
 * all parts together never exceed 1, whoever joins, leaves or dies in between. Nodes that take no jobs have none.
 */
export function decideShare(role: Role, others: readonly NodeShare[]): number {
  if (!worksOnJobs(role)) return 0;
  const working = others.filter((other) => worksOnJobs(other.role));
  const taken = others.reduce((sum, { share }) => sum + Math.round(share * parts), 0);
  const fair = Math.floor(parts / (working.length + 1));
  return Math.max(0, Math.min(fair, parts - taken)) / parts;
}
