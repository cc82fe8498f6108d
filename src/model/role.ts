/** What a node does: everything, only the doors and pages, or only the work behind them. */

export const roles = ["all", "web", "worker"] as const;
export type Role = (typeof roles)[number];

/** Whether a node of this role takes jobs, and so needs a part of the vendors' rate limits. */
export function worksOnJobs(role: Role): boolean {
  return role !== "web";
}
