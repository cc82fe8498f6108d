/** Holds the layout, the import directions and the reference pages; for every rule a breach is planted and must be caught. */
import { beforeAll, describe, expect, it } from "vitest";
import { configKeyBreaches, errorCodeBreaches, pathBreaches } from "./support/architecture-docs.ts";
import { everyDirection, isThere, readPages, readSources } from "./support/architecture-files.ts";
import { whyNot } from "./support/architecture-layers.ts";
import { configuredRules, lintFiles, type Finding } from "./support/architecture-lint.ts";
import * as plant from "./support/architecture-plants.ts";
import * as rules from "./support/architecture-rules.ts";
import { importsOf } from "./support/architecture-scan.ts";

const sources = readSources();
const pages = readPages();
const everything: rules.Files = new Map([...sources, ...pages]);

/** A tree of one or two files. */
function files(tree: Readonly<Record<string, string>>): rules.Files {
  return new Map(Object.entries(tree));
}

/** `path:line` of each breach, sorted. */
function places(breaches: readonly rules.Breach[]): readonly string[] {
  return [...new Set(breaches.map((breach) => breach.replace(/^(\S+:\d+).*$/s, "$1")))].sort();
}

describe("the repository", () => {
  it("reads its own sources, so that the checks below do not look at nothing", () => {
    expect(sources.size).toBeGreaterThan(0);
    expect(rules.edgesOf(sources).length).toBeGreaterThan(0);
  });

  it("has every file in a known part of the layout", () => {
    expect(rules.layoutBreaches(sources)).toEqual([]);
  });

  it("imports down only", () => {
    expect(rules.directionBreaches(sources)).toEqual([]);
  });

  it("has no import circle, types included", () => {
    expect(rules.circleBreaches(sources)).toEqual([]);
  });

  it("decides in its stations without a clock, chance or I/O", () => {
    expect(rules.decidingBreaches(sources)).toEqual([]);
  });

  it("reads the environment in config.ts only", () => {
    expect(rules.environmentBreaches(sources)).toEqual([]);
  });

  it("lists every error code in docs/reference/errors.md, and no other", () => {
    expect(errorCodeBreaches(everything)).toEqual([]);
  });

  it("lists every setting in docs/reference/config.md, and no other", () => {
    expect(configKeyBreaches(everything)).toEqual([]);
  });

  it("names only paths that exist in its pages", () => {
    expect(pathBreaches(pages, isThere)).toEqual([]);
  });
});

describe("the reader of imports", () => {
  it.each([
    ['import { a } from "./a.ts";', "./a.ts"],
    ["import { a, type B } from './a.ts'", "./a.ts"],
    ['import def, * as all from "./a.ts";', "./a.ts"],
    ['import {\n  a, // the "first"\n  b as c,\n} from "./a.ts";', "./a.ts"],
    ['import type { A } from "./a.ts";', "./a.ts"],
    ['import "./a.ts";', "./a.ts"],
    ['export * from "./a.ts";', "./a.ts"],
    ['export * as a from "./a.ts";', "./a.ts"],
    ['export { a, b as c } from "./a.ts";', "./a.ts"],
    ['export type { A } from "./a.ts";', "./a.ts"],
    ['const a = await import("./a.ts");', "./a.ts"],
    ["const a = await import(`./a.ts`);", "./a.ts"],
    ['type A = import("./a.ts").A;', "./a.ts"],
    ['const a = require("./a.ts");', "./a.ts"],
    ['const text = `${await import("./a.ts")} and ${{ b: `c` }}`;', "./a.ts"],
    ['const quote = /["\'`]/; import { a } from "./a.ts";', "./a.ts"],
    ['const half = 1 / 2; import { a } from "./a.ts"; const rest = 1 / 2;', "./a.ts"],
    ['const page = <p>Don\'t</p>;\nexport const lazy = () => import("./a.ts");', "./a.ts"],
  ])("finds the import in %j", (source, specifier) => {
    expect(importsOf(source).map((one) => one.specifier)).toEqual([specifier]);
  });

  it.each([
    '// import { a } from "./a.ts";',
    '/* import "./a.ts" */',
    "const text = 'import \"./a.ts\"';",
    'const text = `import { a } from "./a.ts"`;',
    'const here = import.meta.url; const from = "./a.ts";',
    'export const from = "./a.ts";',
    'const one = { import: "./a.ts", export: "./b.ts" };',
    'module.import("./a.ts");',
    'export { a };\nconst from = "./a.ts";',
  ])("finds none in %j", (source) => {
    expect(importsOf(source)).toEqual([]);
  });

  it("knows the line and whether the compiler erases the import", () => {
    expect(importsOf('\n\nimport type { A } from "./a.ts";\nimport { b } from "./b.ts";')).toEqual([
      { specifier: "./a.ts", line: 3, typeOnly: true },
      { specifier: "./b.ts", line: 4, typeOnly: false },
    ]);
  });
});

describe("a planted breach is caught", () => {
  it.each([
    ["src/billing/profile.ts", "src/mapping/attribute.ts"],
    ["src/billing/profile.ts", "src/db/pool.ts"],
    ["src/billing/store.ts", "src/contacts/store.ts"],
    ["src/contacts/store.ts", "src/intercom/client.ts"],
    ["src/stripe/client.ts", "src/queue/claim.ts"],
    ["src/model/money.ts", "src/db/pool.ts"],
    ["src/lib/hash.ts", "src/model/money.ts"],
    ["src/db/pool.ts", "src/queue/claim.ts"],
    ["src/pipeline/apply-event.ts", "src/http/admin.ts"],
    ["src/pipeline/apply-event.ts", "src/config.ts"],
    ["src/upkeep/replay.ts", "src/app.ts"],
    ["src/http/admin.ts", "src/main.ts"],
    ["src/app.ts", "src/main.ts"],
    ["src/main.ts", "sandbox/main.ts"],
    ["contract/pulse.ts", "src/model/money.ts"],
    ["web/src/pulse.tsx", "src/model/money.ts"],
    ["web/src/pulse.tsx", "sandbox/kernel/types.ts"],
    ["sandbox/stripe/invoice.ts", "contract/pulse.ts"],
    ["sandbox/stripe/invoice.ts", "src/model/money.ts"],
  ])("when %s imports %s", (from, to) => {
    expect(whyNot(from, to)).toBeDefined();
  });

  it("when the import is dynamic, a re-export, or of a type only", () => {
    const tree = files({
      "src/billing/profile.ts": [
        'const other = await import("../mapping/desired.ts");',
        'export { other } from "../mapping/desired.ts";',
        'import type { Pool } from "../db/pool.ts";',
      ].join("\n"),
    });
    expect(places(rules.directionBreaches(tree))).toEqual([1, 2, 3].map((line) => `src/billing/profile.ts:${line}`));
  });

  it("when a file stands in an unknown folder", () => {
    const tree = files({ "src/helpers/text.ts": "", "src/billing/profile.ts": "" });
    expect(places(rules.layoutBreaches(tree))).toEqual(["src/helpers/text.ts:1"]);
  });

  it("when three files form a circle through types", () => {
    const tree = files({
      "src/lib/a.ts": 'import type { B } from "./b.ts";',
      "src/lib/b.ts": 'export { c } from "./c.ts";',
      "src/lib/c.ts": 'import { a } from "./a.ts";',
    });
    expect(rules.circleBreaches(tree)).toEqual([
      "src/lib/a.ts:1 is in a circle: src/lib/a.ts → src/lib/b.ts → src/lib/c.ts → src/lib/a.ts",
    ]);
  });

  it.each([
    [plant.ioPath, plant.ioSource],
    [plant.chancePath, plant.chanceSource],
  ])("when every line of %s does I/O or draws lots", (path, source) => {
    expect(places(rules.decidingBreaches(files({ [path]: source })))).toEqual(everyLine(path, source));
  });

  it("when a deciding file uses a clock, the network, the process or a timer", () => {
    // A function that is only named, not called, is left to the linter.
    const called = plant.impureSource.replace("globalThis.fetch;", 'globalThis.fetch("");');
    const tree = files({ [plant.impurePath]: called });
    expect(places(rules.decidingBreaches(tree))).toEqual(everyLine(plant.impurePath, called));
  });

  it("but not when it only names a type or a property", () => {
    const source =
      "type Row = { at: Date; process: string };\nexport const f = (row: Row, fold: Fold) => fold.fetch(row.process);\n";
    expect(rules.decidingBreaches(files({ "src/billing/fine.ts": source }))).toEqual([]);
  });

  it("when the environment is read outside config.ts", () => {
    const tree = files({
      "src/http/door.ts":
        'const port = process.env["PORT"];\nimport { env } from "node:process";\nimport { pid } from "node:process";',
      "src/config.ts": "const env = process.env;",
    });
    expect(places(rules.environmentBreaches(tree))).toEqual(["src/http/door.ts:1", "src/http/door.ts:2"]);
  });

  it("when an error code and its page differ", () => {
    const tree = files({
      "src/db/failure.ts": [
        "export abstract class Base extends AppError {}",
        'export class Away extends Base {\n  readonly code = "AWAY";\n}',
        'export class Busy extends Base {\n  override readonly code = "BUSY";\n}',
        "export class Nameless extends Base {}",
      ].join("\n"),
      "docs/reference/errors.md": "## `AWAY`\n\n| `RETIRED` | cause | remedy |\n\n### `BUG`\n",
    });
    expect(errorCodeBreaches(tree)).toEqual([
      'src/db/failure.ts:1 Nameless has no line `readonly code = "…"`',
      "docs/reference/errors.md:1 does not list BUSY",
      "docs/reference/errors.md:1 lists RETIRED, which no class has",
    ]);
  });

  it("when a setting and its page differ", () => {
    const tree = files({
      "src/config.ts": 'const keys = [{ env: "PORT", help: "" }, { env: "HOST", help: "" }];',
      "docs/reference/config.md": "| `PORT` | 8080 |\n| `GONE` | – |\n",
    });
    expect(configKeyBreaches(tree)).toEqual([
      "docs/reference/config.md:1 does not list HOST",
      "docs/reference/config.md:1 lists GONE, which config.ts has not",
    ]);
  });

  it("when a reference page is missing", () => {
    expect(errorCodeBreaches(files({}))).toHaveLength(1);
    expect(configKeyBreaches(files({ "src/config.ts": "" }))).toHaveLength(1);
  });

  it("when a page names a path that is gone", () => {
    const page = "See `src/gone.ts`, `src/here.ts:12`, `docs/`, `src/**` and\n`test/gone/`.\n";
    expect(
      places(pathBreaches(files({ "README.md": page }), (path) => ["src/here.ts", "docs/"].includes(path))),
    ).toEqual(["README.md:1", "README.md:2"]);
  });
});

describe("the linter", () => {
  const directions = everyDirection();
  let findings: readonly Finding[] = [];

  beforeAll(async () => {
    const [ofPlants, ofDirections] = await Promise.all([lintFiles(plant.plantedFiles), lintFiles(directions)]);
    findings = [...ofPlants, ...ofDirections];
  }, 30_000);

  it("has a planted breach for every rule that is configured by name", async () => {
    const planted = new Set(plant.plants.map(({ rule }) => rule));
    expect([...(await configuredRules())].filter((rule) => !planted.has(rule))).toEqual([]);
  });

  it.each(plant.plants)("catches $rule in $path", ({ rule, path }) => {
    expect(findings).toContainEqual(expect.objectContaining({ rule, path }));
  });

  it("forbids exactly the directions that the table forbids, in every part", () => {
    const caught = findings.filter(({ rule, path }) => rule === "no-restricted-imports" && directions.has(path));
    const forbidden = places(rules.directionBreaches(directions));
    expect(forbidden.length).toBeGreaterThan(400);
    expect([...new Set(caught.map(({ path, line }) => `${path}:${line}`))].sort()).toEqual(forbidden);
  });

  it.each([
    [plant.impurePath, plant.impureSource],
    [plant.ioPath, plant.ioSource],
  ])("catches every line of %s", (path, source) => {
    const caught = findings.filter((one) => one.path === path && one.rule.startsWith("no-restricted-"));
    expect([...new Set(caught.map(({ line }) => `${path}:${line}`))].sort()).toEqual(everyLine(path, source));
  });

  it("says with each boundary what to do instead", () => {
    const boundaries = findings.filter(({ rule }) => rule.startsWith("no-restricted-"));
    expect(boundaries.filter(({ text }) => !/\. \S|: /.test(text))).toEqual([]);
  });
});

/** `path:line` for each line of a source that ends with a line break, sorted. */
function everyLine(path: string, source: string): readonly string[] {
  return source
    .trimEnd()
    .split("\n")
    .map((_, index) => `${path}:${index + 1}`)
    .sort();
}
