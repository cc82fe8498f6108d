/** `npm run bench -- chaos`: the long storm, 10,000 events of 1,000 customers; prints one JSON line. */
import { runChaos } from "../test/support/chaos/chaos.ts";
import { planFrom } from "../test/support/chaos/plan.ts";

const plan = planFrom({ CHAOS_EVENTS: "10000", ...process.env });
process.stderr.write(`chaos: ${plan.events} events of ${plan.customers} customers, CHAOS_SEED=${plan.seed}\n`);
const report = await runChaos(plan);
process.stdout.write(`${JSON.stringify({ bench: "chaos", seed: plan.seed, ...report })}\n`);
if (report.problems.length > 0) process.exitCode = 1;
