/** Everything goes wrong at once, at random, for a while: two nodes, and in the end every contact is right. */
import { expect, it } from "vitest";
import { planFrom } from "../support/chaos/plan.ts";
import { runChaos } from "../support/chaos/chaos.ts";

const plan = planFrom(process.env);

it(
  `after a storm (seed ${plan.seed}) every contact is as Stripe's state says, and nothing is left, doubled or lost`,
  async () => {
    console.info(`chaos: ${plan.events} events of ${plan.customers} customers, CHAOS_SEED=${plan.seed}`);
    const report = await runChaos(plan);
    console.info(JSON.stringify(report));
    expect(report.problems, `what the nodes printed: ${report.log}`).toEqual([]);
    expect(report.events).toBeGreaterThanOrEqual(plan.events);
    expect(report.kills).toBeGreaterThan(0);
  },
  plan.stormMs + plan.calmMs + 120_000,
);
