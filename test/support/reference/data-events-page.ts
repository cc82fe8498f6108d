/** docs/reference/data-events.md: its prose as it stands, and between two marks every moment as contract/moment.ts has it. */
import { readFileSync } from "node:fs";
import { moments, type MomentDescription } from "../../../contract/moment.ts";

const path = new URL("../../../docs/reference/data-events.md", import.meta.url);
const [begin, end] = ["<!-- moments: begin -->", "<!-- moments: end -->"];

/** The page as it should be. */
export function dataEventsPage(): string {
  const page = readFileSync(path, "utf8");
  const before = page.slice(0, page.indexOf(begin));
  const generated = [begin, overview(), ...moments.map(section), end].join("\n\n");
  return `${before}${generated}${page.slice(page.indexOf(end) + end.length)}`;
}

function overview(): string {
  const rows = moments.map(({ name, when, promise }) => `| [\`${name}\`](#${name}) | ${when} | ${promise} |`);
  return ["| moment | happens when | promised |", "| --- | --- | --- |", ...rows].join("\n");
}

function section({ name, when, promise, knownBy, facts }: MomentDescription): string {
  const rows = Object.entries(facts).map(([key, { type, meaning }]) => `| \`${key}\` | ${type} | ${meaning} |`);
  const about = `${when} Promised: ${promise}. Known by ${knownBy}.`;
  return [`### ${name}`, "", about, "", "| fact | type | meaning |", "| --- | --- | --- |", ...rows].join("\n");
}
