/** `npm run verify`: the gate before a commit, without a database. */
import { runChecks } from "./checks.mjs";

const { ok } = await runChecks();
process.exitCode = ok ? 0 : 1;
