/** A change of what people write, mapping and rules together: both come into force with one commit, or neither. */
import type { MappingDocument } from "../../../contract/mapping.ts";
import type { Pool } from "../../db/pool.ts";
import { transaction } from "../../db/transaction.ts";
import type { CompiledRules } from "../../rules/program.ts";
import { enterMapping } from "../mapping/save-mapping.ts";
import { enterRules } from "../rules/save-rules.ts";

/** What is left out stays as it is. `basedOn` is the version that was in force when it was planned. */
export type Change = {
  readonly mapping?: { readonly document: MappingDocument; readonly basedOn: number } | undefined;
  readonly rules?: { readonly rules: CompiledRules; readonly basedOn: number } | undefined;
};

/** The versions that were saved. */
export type Changed = { readonly mapping: number | null; readonly rules: number | null };

/** Who changes it, and why. */
export type ChangeReason = { readonly by: string; readonly note?: string | undefined };

/**
 * Saves all of it or nothing. Throws DocumentChanged when somebody saved another version since it was planned, and MappingInvalid
 * when both set the same attribute.
 */
export function applyChange(pool: Pool, { mapping, rules }: Change, { by, note }: ChangeReason): Promise<Changed> {
  return transaction(pool, async (tx) => {
    // Rules come first: a mapping is checked against those that are in force with it.
    const savedRules = rules ? await enterRules(tx, { ...rules, by, note }) : null;
    return { mapping: mapping ? await enterMapping(tx, { ...mapping, by, note }) : null, rules: savedRules };
  });
}
