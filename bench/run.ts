/** `npm run bench -- <name> [options]`: runs one bench of this folder. */
import { readdirSync } from "node:fs";

const names = readdirSync(new URL(".", import.meta.url))
  .filter((file) => file.endsWith(".ts") && file !== "run.ts")
  .map((file) => file.slice(0, -".ts".length));

const [name = ""] = process.argv.splice(2, 1); // the bench reads the options that are left
if (names.includes(name)) await import(new URL(`${name}.ts`, import.meta.url).href);
else {
  process.stderr.write(`There is no bench "${name}". There are: ${names.join(", ")}.\n`);
  process.exitCode = 2;
}
