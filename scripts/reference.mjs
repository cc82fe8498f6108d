/** Writes the pages of docs/reference that are made of the code; a test fails while they are not what the code makes. */
import { runTool } from "./run.mjs";

const { ok, output } = await runTool("vitest", ["run", "src/model/reference.test.ts", "--project", "unit", "--update"]);
if (!ok) {
  console.error(output);
  process.exitCode = 1;
} else console.log("The pages of docs/reference that are made of the code are up to date.");
