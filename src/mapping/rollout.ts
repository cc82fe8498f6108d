/** Station mapping: a version of the mapping on its way to the contacts. */

/**
 * preparing: its attributes are made to exist · looking: who shows something else than it asks for is queued · writing: the
 * queue is worked off, within Intercom's budget · retiring: names that are mapped no more are archived · done · superseded:
 * a newer version came before it was done.
 */
export const rolloutPhases = ["preparing", "looking", "writing", "retiring", "done", "superseded"] as const;
export type RolloutPhase = (typeof rolloutPhases)[number];

export type Rollout = {
  readonly version: number;
  readonly phase: RolloutPhase;
  /** The last contact that was looked at. */
  readonly cursor: string | null;
  /** How many contacts there were when it began. */
  readonly contacts: number;
  readonly looked: number;
  readonly affected: number;
  readonly createdAt: Date;
  readonly doneAt: Date | null;
};

/** Whether there is nothing left to do for it. */
export function isRolledOut({ phase }: Pick<Rollout, "phase">): boolean {
  return phase === "done" || phase === "superseded";
}
