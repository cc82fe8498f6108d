/** The check of a draft that goes along with every change. */
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { MappingDocument } from "../../../../contract/mapping.ts";
import { mappingCheckQuery, type MappingProblems } from "../../api/mapping.ts";

/** Somebody who types is not asked about every letter. */
const settleMs = 300;

export type MappingCheck = {
  /** Of the newest document that was checked; what stands there while the next check is on its way. */
  readonly problems: MappingProblems;
  /** Whether that is the document as it is now. */
  readonly settled: boolean;
  readonly failure: Error | null;
};

/** Checks the document whenever it has rested for a moment. */
export function useMappingCheck(document: MappingDocument, enabled: boolean): MappingCheck {
  const [asked] = useDebouncedValue(document, settleMs);
  const { data, error, isPlaceholderData } = useQuery(mappingCheckQuery(asked, enabled));
  return {
    problems: enabled ? (data ?? []) : [],
    settled: !enabled || (asked === document && data !== undefined && !isPlaceholderData),
    failure: enabled ? error : null,
  };
}
