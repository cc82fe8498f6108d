/** The draft of the mapping: what is changed, the attribute that is being edited, and the check of both together. */
import { useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { MappedAttribute, MappingDocument } from "../../../../contract/mapping.ts";
import { mappingCheckQuery } from "../../api/mapping.ts";
import { hasErrors, problemsWithin } from "../../draft/problems.ts";
import { changesOf, type Change } from "./changes.ts";
import {
  attributesOf,
  freshAttribute,
  keepName,
  pathOf,
  putAttribute,
  removeAttribute,
  retireName,
} from "./mapping-draft.ts";
import type { AttributePlace } from "./mapping-draft.ts";
import { useMappingCheck, type MappingCheck } from "./use-mapping-check.ts";

/** An attribute in the drawer: it joins the draft when somebody is done with it. */
export type Editing = {
  readonly place: AttributePlace;
  readonly attribute: MappedAttribute;
  /** Its values are to be taken out of Intercom. */
  readonly retire: boolean;
};

export type MappingDraft = {
  readonly document: MappingDocument;
  readonly changes: readonly Change[];
  /** Of the draft with what is being edited. */
  readonly check: MappingCheck;
  readonly set: (document: MappingDocument) => void;
  readonly discard: () => void;
  readonly editing: Editing | null;
  readonly edit: (place: AttributePlace) => void;
  readonly setEditing: (editing: Editing | null) => void;
  /** Takes what is being edited into the draft; false when it has errors. */
  readonly apply: () => Promise<boolean>;
  /** Removes what is being edited. */
  readonly remove: (retire: boolean) => void;
};

/** A draft that begins with the mapping in force. */
export function useMappingDraft(inForce: MappingDocument): MappingDraft {
  const queryClient = useQueryClient();
  const [document, set] = useState(inForce);
  const [editing, setEditing] = useState<Editing | null>(null);
  const changes = useMemo(() => changesOf(inForce, document), [inForce, document]);
  const candidate = useMemo(() => (editing ? withEdited(document, editing) : document), [document, editing]);
  const check = useMappingCheck(candidate, editing !== null || changes.length > 0);
  return {
    document,
    changes,
    check,
    set,
    discard: () => set(inForce),
    editing,
    edit: (place) => setEditing(editingOf(document, place)),
    setEditing,
    apply: async () => {
      if (!editing) return true;
      // Without an answer the draft is as good as it can be: saving checks again.
      const problems = await queryClient.fetchQuery(mappingCheckQuery(candidate, true)).catch(() => []);
      if (hasErrors(problemsWithin(problems, pathOf(document, editing.place)))) return false;
      set(candidate);
      setEditing(null);
      return true;
    },
    remove: (retire) => {
      const { holder, index } = editing?.place ?? { holder: "people", index: null };
      if (index !== null) set(removeAttribute(document, { holder, index }, { retire }));
      setEditing(null);
    },
  };
}

function editingOf(document: MappingDocument, place: AttributePlace): Editing {
  const known = place.index === null ? undefined : attributesOf(document, place.holder)[place.index];
  const attribute = known ?? freshAttribute;
  return { place, attribute, retire: document.retired.includes(attribute.name) };
}

function withEdited(document: MappingDocument, { place, attribute, retire }: Editing): MappingDocument {
  const next = putAttribute(document, place, attribute);
  if (attribute.on) return next;
  return retire ? retireName(next, attribute.name) : keepName(next, attribute.name);
}
