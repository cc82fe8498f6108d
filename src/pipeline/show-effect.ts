/** An entry of the effect ledger for whoever asks about it: with the rule behind it, where there is one. */
import type { ShownEffect } from "../../contract/effect.ts";
import type { RuleOrigin } from "../../contract/rule-origin.ts";
import type { Pool } from "../db/pool.ts";
import { runAndPlaceOfKey } from "../effects/effect.ts";
import { getEntry } from "../effects/store.ts";
import { findProgram, findRunBehind, findTrigger, listSteps, originOf, type RunBehind } from "./rule-origins.ts";

/** One entry with what was asked for and, when a rule asked for it, its run. Throws EffectNotFound. */
export async function showEffect(pool: Pool, id: string): Promise<ShownEffect> {
  const entry = await getEntry(pool, id);
  return { ...entry, rule: await findOrigin(pool, entry.key) };
}

/** The run, the step and the trigger behind a key of the ledger; null when no rule is behind it, or when its run is no longer kept. */
async function findOrigin(pool: Pool, key: string): Promise<RuleOrigin | null> {
  const place = runAndPlaceOfKey(key);
  const run = place && (await findRunBehind(pool, place.runId));
  if (!run) return null;
  return originOf(run, await findPath(pool, run, place.at), await findTrigger(pool, run));
}

/** Where the instruction stands in its rule. What is taken back is numbered behind the program's end. */
async function findPath(pool: Pool, run: RunBehind, at: number): Promise<string | null> {
  const steps = await listSteps(pool, run.id);
  const own = steps.find((step) => step.at === at && step.kind !== "undo" && step.kind !== "draft");
  if (own) return own.path;
  const program = await findProgram(pool, run);
  if (!program) return null;
  if (at >= program.length) return steps.find(({ kind }) => kind === "undo")?.path ?? "whenOver";
  const instruction = program[at];
  return instruction && "path" in instruction ? instruction.path : null;
}
