/** The processes that share the work, as `GET /api/nodes` answers them. */
import { z } from "zod";

export const node = z.object({
  id: z.string(),
  role: z.enum(["all", "web", "worker"]),
  /** alive: said so within the last seconds · silent: was lost within the last hour */
  state: z.enum(["alive", "silent"]),
  host: z.string(),
  pid: z.number().int().nullable(),
  version: z.string(),
  startedAt: z.iso.datetime(),
  seenAt: z.iso.datetime(),
  /** The part of the vendors' rate limits that it may use, in [0, 1]. */
  share: z.number(),
  /** What it alone does at present, e.g. `poll-events:main`. */
  duties: z.array(z.string()),
  /** The node that answers. */
  isSelf: z.boolean(),
});

export const nodes = z.object({ now: z.iso.datetime(), nodes: z.array(node) });

export type Nodes = z.infer<typeof nodes>;
