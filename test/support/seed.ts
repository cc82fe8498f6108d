/** Generated cases are the same in every run, so that a red run is the change's doing; FC_SEED=<number> tries others. */
import fc from "fast-check";

const seed = Number(process.env["FC_SEED"] ?? 20_260_701);
if (!Number.isInteger(seed)) throw new Error("FC_SEED must be a whole number.");
fc.configureGlobal({ seed });
