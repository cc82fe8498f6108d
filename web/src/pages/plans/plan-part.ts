/** What every group of inputs of a plan is given. */
import type { PlanDefinition } from "../../../../contract/plans.ts";

/** The error at a part of the plan; what stands there tells whether somebody has come to it yet. */
export type ErrorAt = (key: string, value?: string) => string | undefined;

export type PlanPartProps = {
  readonly plan: PlanDefinition;
  readonly isNew: boolean;
  /** The plans beside it. */
  readonly others: readonly PlanDefinition[];
  readonly errorAt: ErrorAt;
  readonly onChange: (plan: PlanDefinition) => void;
};
