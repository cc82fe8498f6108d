/** What can be wrong with a request about rules or their runs. */
import type { RuleProblem } from "../../../contract/rule-problem.ts";
import { DocumentInvalid } from "../../documents/document.ts";
import { AppError } from "../../model/error.ts";

/** A rules document has errors; nothing was saved. */
export class RulesInvalid extends DocumentInvalid {
  readonly code = "RULES_INVALID";
  constructor(problems: readonly RuleProblem[]) {
    super("rules", problems);
  }
}

/** No rule of this name is in force. */
export class RuleUnknown extends AppError {
  readonly code = "RULE_UNKNOWN";
  readonly kind = "missing";
  constructor(name: string, known: readonly string[]) {
    const others = known.length === 0 ? "There are no rules yet." : `There are: ${known.join(", ")}.`;
    super(`There is no rule “${name}”. ${others}`);
  }
}

/** A rule cannot be asked for by hand as it is. */
export class RuleNotManual extends AppError {
  readonly code = "RULE_NOT_MANUAL";
  readonly kind = "invalid";
  override readonly httpStatus = 409;
}

/** There is no run of this number. */
export class RunUnknown extends AppError {
  readonly code = "RUN_UNKNOWN";
  readonly kind = "missing";
  constructor(id: string) {
    super(`There is no run ${id}. To see which there are: dunlin rules runs`);
  }
}

/** The run's state does not allow it. */
export class RunStateConflict extends AppError {
  readonly code = "RUN_STATE_CONFLICT";
  readonly kind = "invalid";
  override readonly httpStatus = 409;
}

/** There is nothing that could be taken back. */
export class NothingToRollBack extends AppError {
  readonly code = "NOTHING_TO_ROLL_BACK";
  readonly kind = "invalid";
  override readonly httpStatus = 409;
}
