/** What every group of inputs of an attribute is given. */
import type { MappedAttribute, MappingField } from "../../../../contract/mapping.ts";

export type InputProps = {
  readonly fields: readonly MappingField[];
  readonly attribute: MappedAttribute;
  readonly onChange: (attribute: MappedAttribute) => void;
  /** The errors at a part of the attribute, such as `cel`. */
  readonly errorAt: (key: string) => string | undefined;
};
