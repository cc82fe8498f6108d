/** What stands still, and why. */
import { z } from "zod";

export const pauseEntry = z.object({
  /** all | intake | intercom | stripe:<account> | lane:<urgent|calm|backfill> */
  scope: z.string(),
  /** Who made it: a person, Dunlin because nothing can work there at present, or a move to another database. */
  by: z.enum(["person", "dunlin", "move"]),
  code: z.string(),
  reason: z.string(),
  since: z.iso.datetime(),
  /** When it lapses by itself. */
  until: z.iso.datetime().nullable(),
});
export type PauseEntry = z.infer<typeof pauseEntry>;

export const pauseList = z.object({ pauses: z.array(pauseEntry) });
export type PauseList = z.infer<typeof pauseList>;

export const pauseRequest = z.strictObject({
  reason: z.string().trim().min(1, "say why, for whoever finds it paused").max(500),
  /** How long it lasts at most; without it until somebody resumes. */
  seconds: z
    .number()
    .int()
    .min(1)
    .max(90 * 86_400)
    .optional(),
});
