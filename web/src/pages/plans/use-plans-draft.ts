/** The draft of the plans: what is changed, the plan that is being edited, and the check of both together. */
import { useMemo, useState } from "react";
import type { PlanDefinition, PlansDocument, PlansInForce } from "../../../../contract/plans.ts";
import type { Problem } from "../../draft/problems.ts";
import { isSame } from "../../draft/same.ts";
import {
  findingProblems,
  freshPlan,
  noPlans,
  planChanges,
  putPlan,
  removePlan,
  type PlanChange,
} from "./plans-draft.ts";
import { usePlansCheck, type PlansCheck } from "./use-plans-check.ts";

type Editing = { readonly index: number | null; readonly plan: PlanDefinition };

export type PlansDraft = {
  readonly document: PlansDocument;
  readonly changes: readonly PlanChange[];
  readonly isDirty: boolean;
  /** Of the draft with what is being edited. */
  readonly check: PlansCheck;
  /** What is to be said about the plans on the page: of a draft by its check, else by what the server said with them. */
  readonly problems: readonly Problem[];
  readonly discard: () => void;
  readonly editing: Editing | null;
  /** Opens a plan, or with null a new one. */
  readonly edit: (index: number | null) => void;
  readonly setPlan: (plan: PlanDefinition) => void;
  readonly apply: () => void;
  readonly remove: () => void;
  readonly close: () => void;
};

/** A draft that begins with the plans in force. */
export function usePlansDraft({ document: saved, findings }: PlansInForce): PlansDraft {
  const before = saved ?? noPlans;
  const [document, setDocument] = useState(before);
  const [editing, setEditing] = useState<Editing | null>(null);
  const changes = useMemo(() => planChanges(before, document), [before, document]);
  const candidate = useMemo(
    () => (editing ? putPlan(document, editing.index, editing.plan) : document),
    [document, editing],
  );
  const isDirty = !isSame(before, document);
  const check = usePlansCheck(candidate, isDirty || editing !== null);
  const leaveWith = (next: PlansDocument): void => {
    setDocument(next);
    setEditing(null);
  };
  return {
    document,
    changes,
    isDirty,
    check,
    problems: isDirty ? check.problems : findingProblems(document, findings),
    discard: () => setDocument(before),
    editing,
    edit: (index) => setEditing({ index, plan: (index === null ? undefined : document.plans[index]) ?? freshPlan }),
    setPlan: (plan) => editing && setEditing({ ...editing, plan }),
    apply: () => leaveWith(candidate),
    remove: () => {
      const index = editing?.index ?? null;
      leaveWith(index === null ? document : removePlan(document, index));
    },
    close: () => setEditing(null),
  };
}
