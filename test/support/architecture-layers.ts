/** The layers as a table: which part of the repository may import which, and why not. */

const stations = [
  "connections",
  "events",
  "billing",
  "mapping",
  "contacts",
  "companies",
  "documents",
  "savings",
  "effects",
  "usage",
  "signals",
  "rules",
  "watches",
  "links",
  "actions",
  "privacy",
  "insight",
] as const;
const adapters = ["queue", "stripe", "intercom", "webhooks"] as const;
const folders = ["commands", "http", "pipeline", "upkeep", ...stations, ...adapters, "model", "db", "lib"] as const;
const rootFiles = ["main", "app", "api", "standing", "installation", "config"] as const;
const programs = ["contract", "sandbox", "web", "test", "bench", "scripts"] as const;

export type Area = (typeof folders)[number] | (typeof rootFiles)[number] | (typeof programs)[number];

/** Every part that has a name. */
export const areas: readonly Area[] = [...rootFiles, ...folders, ...programs];

const words = ["model", "lib", "contract"] as const;
const ground = ["db", ...words] as const;
const conducted = [...stations, ...adapters, ...ground] as const;
const anything: readonly Area[] = areas;

/** What each part may import besides itself. A station's `db` is for its store.ts alone, see `whyNot`. */
const allowed: Readonly<Record<Area, readonly Area[]>> = {
  main: ["commands", "app", "api", "standing", "installation", "config", "http", "pipeline", "upkeep", ...conducted],
  app: ["api", "standing", "installation", "config", "http", "pipeline", "upkeep", ...conducted],
  api: ["standing", "installation", "config", "http", "pipeline", "upkeep", ...conducted],
  standing: ["installation", "config", "http", "pipeline", "upkeep", ...conducted],
  installation: ["config", "upkeep", ...conducted],
  commands: ["app", "api", "standing", "installation", "config", "http", "pipeline", "upkeep", ...conducted],
  config: words,
  http: ["pipeline", "upkeep", ...conducted],
  pipeline: conducted,
  upkeep: ["pipeline", ...conducted],
  connections: ground,
  events: ground,
  billing: ground,
  mapping: ground,
  contacts: ground,
  companies: ground,
  documents: ground,
  savings: ground,
  effects: ground,
  usage: ground,
  signals: ground,
  rules: ground,
  watches: ground,
  links: ground,
  actions: ground,
  privacy: ground,
  insight: ground,
  queue: ground,
  stripe: ground,
  intercom: ground,
  webhooks: ground,
  model: ["lib", "contract"],
  db: words,
  lib: [],
  contract: [],
  sandbox: [],
  web: ["contract"],
  test: anything,
  bench: anything,
  scripts: [],
};

/** The part that a file belongs to; `undefined` for a folder that the layout does not know. */
export function areaOf(path: string): Area | undefined {
  const [top = "", second = ""] = path.split("/");
  if (/^src\/.*\.test\.ts$/.test(path)) return "test";
  if (top !== "src") return areas.find((area) => isOneOf(programs, area) && area === top);
  const name = second.replace(/\.ts$/, "");
  return areas.find((area) => area === name && isOneOf(second.endsWith(".ts") ? rootFiles : folders, area));
}

/** Whether a file is one of those that only decide: a station's, but neither its store.ts nor a test. */
export function isDeciding(path: string): boolean {
  const area = areaOf(path);
  return area !== undefined && isStation(area) && !isStore(path);
}

/** Whether a part is one file of src, such as app.ts. */
export function isRootFile(area: Area): boolean {
  return isOneOf(rootFiles, area);
}

/** Whether a part is a station: it decides, its store.ts keeps. */
export function isStation(area: Area): boolean {
  return isOneOf(stations, area);
}

/** Why one file may not import the other; `undefined` when it may. */
export function whyNot(from: string, to: string): string | undefined {
  const [source, target] = [areaOf(from), areaOf(to)];
  if (!source)
    return `${from} is in no part of the layout: see ARCHITECTURE.md, then test/support/architecture-layers.ts`;
  if (!target) return `${to} is in no part of the layout`;
  if (target === "db" && isDeciding(from)) return "only a station's store.ts touches db";
  if (source === target || allowed[source].includes(target)) return undefined;
  return `${source} may import only ${allowed[source].join(", ") || "itself"}`;
}

function isStore(path: string): boolean {
  return path.split("/").slice(2).join("/") === "store.ts";
}

function isOneOf(group: readonly Area[], area: Area): boolean {
  return group.includes(area);
}
