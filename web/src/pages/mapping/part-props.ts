/** What every part of the mapping is given. */
import type { MappingBoard, MappingDocument } from "../../../../contract/mapping.ts";
import type { Problem } from "../../draft/problems.ts";
import type { Change } from "./changes.ts";
import type { AttributePlace } from "./mapping-draft.ts";

export type PartProps = {
  readonly board: MappingBoard;
  readonly draft: MappingDocument;
  readonly changes: readonly Change[];
  readonly problems: readonly Problem[];
  readonly onEdit: (place: AttributePlace) => void;
  readonly onDraft: (draft: MappingDocument) => void;
};
