/** Named things that can happen to a customer, for the control page and for tests. Each drives the real state machines. */
import type { World } from "../world.ts";
import { paymentScenarios } from "./payments.ts";
import { peopleScenarios } from "./people.ts";
import { planScenarios } from "./plans.ts";

export type Scenarios = ReturnType<typeof scenariosFor>;

/** All scenarios of one world. */
export function scenariosFor(world: World) {
  return { ...paymentScenarios(world), ...planScenarios(world), ...peopleScenarios(world) };
}
