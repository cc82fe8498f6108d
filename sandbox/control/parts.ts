/** What the control page works with: both vendors and the knobs of the kernel. */
import type { Deliveries } from "../kernel/deliveries.ts";
import type { Faults } from "../kernel/faults.ts";
import type { RequestLog } from "../kernel/request-log.ts";
import type { Kernel, Vendor } from "../kernel/types.ts";
import type { IntercomVendor } from "../intercom/intercom.ts";

/** Something that happens to a customer in Stripe. Throws with a plain message when it cannot happen. */
export type Scenario = (customerId: string, options?: Readonly<Record<string, unknown>>) => unknown;

export const scenarioNames = [
  "paymentFails",
  "paymentSucceeds",
  "sepaReturn",
  "refund",
  "refundFails",
  "dispute",
  "closeDispute",
  "fraudWarning",
  "expireCard",
  "replaceCard",
  "cardReissued",
  "upgrade",
  "downgrade",
  "renew",
  "startTrial",
  "trialEndsSoon",
  "cancelAtPeriodEnd",
  "keep",
  "cancel",
  "checkout",
  "reportUsage",
  "addCredit",
  "updateCustomer",
  "deleteCustomer",
] as const;

export type ScenarioName = (typeof scenarioNames)[number];

export type Scenarios = Readonly<Record<ScenarioName, Scenario>>;

export type ControlParts = {
  readonly kernel: Kernel;
  readonly stripe: Vendor & { readonly scenarios: Scenarios };
  readonly intercom: IntercomVendor;
  readonly faults: Faults;
  readonly deliveries: Deliveries;
  readonly requests: RequestLog;
  readonly clock: {
    /** Moves the sandbox's time forward; resolves when everything that was due has happened. */
    advance(seconds: number): Promise<void>;
    /** How often somebody who goes by it has asked what time it is. */
    asked: number;
  };
};
