/** Station mapping: which names to use in a workspace that may have some of them already. */
import type { AttributeDefinition } from "../model/attribute.ts";
import { presetMapping } from "./default-document.ts";
import type { Preset } from "./preset.ts";

export type ExistingAttribute = { readonly name: string; readonly type: string };

export type PresetChoice = { readonly preset: Preset; readonly reason: string };

/** Names that only Intercom's native Stripe app makes (seen in exports of contacts). */
const nativeAppNames = ["stripe_id", "stripe_last_charge_at", "stripe_subscription_period_start_at"];

/**
 * Chooses `stripe_*` unless Intercom's native Stripe app is at work, or a name that we need exists with another type:
 * Intercom cannot change a type.
 */
export function choosePreset(existing: readonly ExistingAttribute[]): PresetChoice {
  const native = nativeNameIn(existing);
  if (native !== undefined) {
    return {
      preset: "billing",
      reason: `Intercom's native Stripe app owns names like ${native}; both can run side by side.`,
    };
  }
  const clash = typeClashes(presetMapping("stripe").definitions, existing)[0];
  if (clash) {
    return {
      preset: "billing",
      reason: `${clash.name} exists as ${clash.has}, we need ${clash.needs}; Intercom cannot change a type.`,
    };
  }
  return { preset: "stripe", reason: "The names that guides and segments already use are free or fit." };
}

/** A name by which Intercom's native Stripe app shows that it is at work. */
export function nativeNameIn(existing: readonly ExistingAttribute[]): string | undefined {
  return nativeAppNames.find((name) => existing.some((attribute) => attribute.name === name));
}

export type TypeClash = { readonly name: string; readonly has: string; readonly needs: string };

/** Attributes that exist with a type that cannot hold our values. */
export function typeClashes(
  definitions: readonly AttributeDefinition[],
  existing: readonly ExistingAttribute[],
): readonly TypeClash[] {
  return definitions.flatMap(({ name, type }) => {
    const found = existing.find((attribute) => attribute.name === name);
    if (!found || fits(type, found.type)) return [];
    return [{ name, has: found.type, needs: type }];
  });
}

function fits(needed: string, found: string): boolean {
  if (found === needed) return true;
  if (needed === "date") return found === "datetime";
  return needed === "integer" && found === "float";
}
