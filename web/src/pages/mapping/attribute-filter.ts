/** Which attributes of a long list somebody wants to see. */
import type { MappedAttribute } from "../../../../contract/mapping.ts";
import { sourceKindOf, type SourceKind } from "./mapping-draft.ts";

export type AttributeFilter = {
  readonly text: string;
  readonly shown: "all" | "on" | "off" | "changed";
  readonly source: "all" | SourceKind;
};

export const noFilter: AttributeFilter = { text: "", shown: "all", source: "all" };

/** An attribute with its place in the document. */
export type PlacedAttribute = { readonly attribute: MappedAttribute; readonly index: number };

/** Those that fit, in the document's order. Every word of the text must occur in name, source, purpose or description. */
export function filterAttributes(
  attributes: readonly MappedAttribute[],
  { text, shown, source }: AttributeFilter,
  changed: ReadonlySet<string>,
): readonly PlacedAttribute[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return attributes
    .map((attribute, index) => ({ attribute, index }))
    .filter(({ attribute }) => {
      if (shown === "changed" ? !changed.has(attribute.name) : shown !== "all" && attribute.on !== (shown === "on"))
        return false;
      if (source !== "all" && sourceKindOf(attribute) !== source) return false;
      const hay = haystackOf(attribute);
      return words.every((word) => hay.includes(word));
    });
}

function haystackOf({ name, field, metadata, cel, purpose, description }: MappedAttribute): string {
  return [name, field, metadata, cel, purpose, description].join(" ").toLowerCase();
}
