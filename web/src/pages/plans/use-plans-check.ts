/** The check of a draft of the plans: first its form, which needs nobody, then what the server knows about its prices. */
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import type { PlansDocument } from "../../../../contract/plans.ts";
import { plansCheckQuery } from "../../api/plans.ts";
import type { Problem } from "../../draft/problems.ts";
import { findingProblems, formProblems } from "./plans-draft.ts";

/** Somebody who types is not asked about every letter. */
const settleMs = 300;

export type PlansCheck = {
  readonly problems: readonly Problem[];
  /** Whether that is said of the document as it is now. */
  readonly settled: boolean;
  readonly failure: Error | null;
};

/** Checks the document; while its form is wrong the server is not asked. */
export function usePlansCheck(document: PlansDocument, enabled: boolean): PlansCheck {
  const form = useMemo(() => (enabled ? formProblems(document) : []), [document, enabled]);
  const [asked] = useDebouncedValue(document, settleMs);
  const isAsked = enabled && form.length === 0 && asked === document;
  const { data, error, isPlaceholderData } = useQuery(plansCheckQuery(asked, isAsked));
  if (!enabled || form.length > 0) return { problems: form, settled: true, failure: null };
  const isKnown = isAsked && data !== undefined && !isPlaceholderData;
  return {
    problems: isKnown ? findingProblems(document, data.findings) : [],
    settled: isKnown,
    failure: isAsked ? error : null,
  };
}
