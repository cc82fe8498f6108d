/** Station rules: for whom a rule acts. Drawn by a stable hash, so that the same person gets the same answer each time. */
import type { RulesDocument } from "../../contract/rule.ts";
import { fingerprint } from "../lib/hash.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import type { CompiledRule } from "./program.ts";

/**
 * - treated: the rule acts
 * - holdout: left alone on purpose, to compare with
 * - not_yet: outside of the share that the rule is live for
 */
export type Arm = "treated" | "holdout" | "not_yet";

/** `group` is the shared control group that the rule goes by, whichever arm the person is in. */
export type Assignment = { readonly arm: Arm; readonly group: string | null };

/**
 * In which arm of a rule a person is. A larger share only adds people. Rules with the same shared group leave the same people
 * alone. A group that the document does not have holds out nobody.
 */
export function assign(
  { rule: { name, share, holdout } }: Pick<CompiledRule, "rule">,
  groups: RulesDocument["holdouts"],
  person: CustomerKey,
): Assignment {
  const group = typeof holdout === "number" ? null : holdout.group;
  if (drawOf(`share ${name}`, person) >= share) return { arm: "not_yet", group };
  const isHeldOut =
    group === null ? drawOf(`holdout ${name}`, person) < ownShare(holdout) : isInGroup(group, groups, person);
  return { arm: isHeldOut ? "holdout" : "treated", group };
}

/** Whether a shared control group has this person. */
export function isInGroup(group: string, groups: RulesDocument["holdouts"], person: CustomerKey): boolean {
  const share = Object.hasOwn(groups, group) ? (groups[group]?.share ?? 0) : 0;
  return drawOf(`group ${group}`, person) < share;
}

function ownShare(holdout: CompiledRule["rule"]["holdout"]): number {
  return typeof holdout === "number" ? holdout : 0;
}

/** Evenly spread from 0 to below 100, and independent from lot to lot. 52 bits of SHA-256. */
function drawOf(lot: string, person: CustomerKey): number {
  const bits = Number.parseInt(fingerprint(`${lot} ${customerKeyText(person)}`).slice(0, 13), 16);
  return (bits / 2 ** 52) * 100;
}
