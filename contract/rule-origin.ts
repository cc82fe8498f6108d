/** The run of a rule behind something that was done, as explanations and the ledger of effects show it. */
import { z } from "zod";

export const ruleOrigin = z.object({
  rule: z.string(),
  /** Of the rules that the run goes by. */
  version: z.number().int(),
  mode: z.enum(["shadow", "live"]),
  runId: z.number().int(),
  /**
   * Where the step stands in the rule, such as `steps[0]`; `whenOver` for what is taken back at the end, `holdout` for what shows
   * the control group. Null when it can no longer be told.
   */
  path: z.string().nullable(),
  trigger: z.object({
    kind: z.enum(["moment", "stripe", "becomes", "date", "signal", "manual"]),
    name: z.string(),
    objectId: z.string().nullable(),
    occurredAt: z.iso.datetime(),
    /** The event of Stripe's that told of it; null when none did, or when it is no longer stored. */
    eventId: z.string().nullable(),
  }),
});

export type RuleOrigin = z.infer<typeof ruleOrigin>;
