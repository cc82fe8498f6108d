/** Breaches to plant: one small file, or a few, for each rule that the linter is told to hold. */
import type { Files } from "./architecture-rules.ts";

export type Plant = {
  /** The rule without its plugin. */
  readonly rule: string;
  /** Where the finding must be. */
  readonly path: string;
  readonly source: string;
  /** Other files that the breach needs. */
  readonly beside?: Readonly<Record<string, string>>;
};

const longBody = "  console.log(1);\n".repeat(61);
const manyLines = "export const one = 1;\n".replace("one", "many") + "// a line\n".repeat(300);
const branches = Array.from({ length: 11 }, (_, index) => `  if (value === ${index}) return ${index};\n`).join("");

/** Rules about how code is written. */
const general: readonly Plant[] = [
  { rule: "eqeqeq", path: "src/lib/eqeqeq.ts", source: "export const same = (a: string, b: string) => a == b;\n" },
  { rule: "no-var", path: "src/lib/no-var.ts", source: "export var old = 1;\n" },
  {
    rule: "prefer-const",
    path: "src/lib/prefer-const.ts",
    source: "export function one() {\n  let a = 1;\n  return a;\n}\n",
  },
  {
    rule: "no-cycle",
    path: "src/lib/value-circle.ts",
    source: 'import { b } from "./value-circle-b.ts";\nexport const a = (): number => b();\n',
    beside: {
      "src/lib/value-circle-b.ts": 'import { a } from "./value-circle.ts";\nexport const b = (): number => a();\n',
    },
  },
  {
    rule: "no-cycle",
    path: "src/lib/type-circle.ts",
    source: 'import type { B } from "./type-circle-b.ts";\nexport type A = { b: B };\n',
    beside: { "src/lib/type-circle-b.ts": 'import type { A } from "./type-circle.ts";\nexport type B = { a?: A };\n' },
  },
  { rule: "no-default-export", path: "src/lib/default-export.ts", source: "const one = 1;\nexport default one;\n" },
  {
    rule: "no-self-import",
    path: "src/lib/self.ts",
    source: 'import { a } from "./self.ts";\nexport const b = () => a;\nexport const a = 1;\n',
  },
  {
    rule: "no-barrel-file",
    path: "src/lib/barrel.ts",
    source: 'export * from "./leaf.ts";\n',
    beside: { "src/lib/leaf.ts": "export const leaf = 1;\n" },
  },
  { rule: "no-process-env", path: "src/lib/env.ts", source: "export const port = process.env.PORT;\n" },
  { rule: "no-process-env", path: "sandbox/kernel/env.ts", source: "export const port = process.env.PORT;\n" },
  { rule: "filename-case", path: "src/lib/camelCase.ts", source: "export const one = 1;\n" },
  {
    rule: "complexity",
    path: "src/lib/complexity.ts",
    source: `export function pick(value: number) {\n${branches}  return -1;\n}\n`,
  },
  { rule: "max-lines", path: "src/lib/max-lines.ts", source: manyLines },
  {
    rule: "max-lines-per-function",
    path: "src/lib/long-function.ts",
    source: `export function long() {\n${longBody}}\n`,
  },
  {
    rule: "max-params",
    path: "src/lib/max-params.ts",
    source: "export const f = (a: 1, b: 1, c: 1, d: 1) => [a, b, c, d];\n",
  },
  {
    rule: "rules-of-hooks",
    path: "web/hooks.tsx",
    source:
      'import { useState } from "react";\nexport function Panel({ on }: { on: boolean }) {\n  if (on) useState(1);\n  return null;\n}\n',
  },
  {
    rule: "no-focused-tests",
    path: "src/lib/focused.test.ts",
    source: 'import { it } from "vitest";\nit.only("runs alone", () => {});\n',
  },
];

/** Rules that need types. */
const typed: readonly Plant[] = [
  { rule: "await-thenable", path: "src/lib/await-thenable.ts", source: "export async function f() {\n  await 1;\n}\n" },
  { rule: "ban-ts-comment", path: "src/lib/ts-comment.ts", source: "// @ts-ignore\nexport const one: string = 1;\n" },
  {
    rule: "consistent-type-imports",
    path: "src/lib/type-import.ts",
    source: 'import { Thing } from "./thing.ts";\nexport const thing: Thing = {};\n',
    beside: { "src/lib/thing.ts": "export type Thing = {};\n" },
  },
  { rule: "no-explicit-any", path: "src/lib/any.ts", source: "export const f = (value: any) => value;\n" },
  {
    rule: "no-floating-promises",
    path: "src/lib/floating.ts",
    source: "async function send() {}\nexport function f() {\n  send();\n}\n",
  },
  {
    rule: "no-misused-promises",
    path: "src/lib/misused.ts",
    source: "async function isOn() {\n  return true;\n}\nexport const f = () => (isOn() ? 1 : 2);\n",
  },
  {
    rule: "no-unsafe-type-assertion",
    path: "src/lib/assertion.ts",
    source: "export const f = (value: unknown) => value as string;\n",
  },
  { rule: "only-throw-error", path: "src/lib/throw.ts", source: 'export function f() {\n  throw "no";\n}\n' },
  {
    rule: "switch-exhaustiveness-check",
    path: "src/lib/switch.ts",
    source:
      'export function f(kind: "a" | "b") {\n  switch (kind) {\n    case "a":\n      return 1;\n  }\n  return 2;\n}\n',
  },
  {
    rule: "use-unknown-in-catch-callback-variable",
    path: "src/lib/catch.ts",
    source: "export const f = (work: Promise<void>) => work.catch((error: Error) => error.message);\n",
  },
];

const impureLines = [
  "Date.now()",
  "new Date()",
  "performance.now()",
  'fetch("http://127.0.0.1")',
  "process.pid",
  "crypto.randomUUID()",
  "setTimeout(() => {}, 1)",
  "setInterval(() => {}, 1)",
  "setImmediate(() => {})",
  "queueMicrotask(() => {})",
  "globalThis.fetch",
] as const;

/** Clocks, chance and I/O in a file that only decides: one breach a line. */
export const impureSource = impureLines.map((line, index) => `export const x${index} = () => ${line};\n`).join("");

export const impurePath = "src/billing/impure.ts";

export const chanceSource = "export const share = () => Math.random();\n";

export const chancePath = "src/rules/chance.ts";

/** Modules that do I/O, one a line; the subpath is there since a glob would miss it. */
export const ioSource = [
  "node:fs",
  "node:fs/promises",
  "node:crypto",
  "pg",
  "undici",
  "fastify",
  "graphile-worker",
  "stripe",
]
  .map((module) => `import "${module}";\n`)
  .join("");

export const ioPath = "src/mapping/io.ts";

const deciding: readonly Plant[] = [
  { rule: "no-restricted-globals", path: impurePath, source: impureSource },
  { rule: "no-restricted-properties", path: chancePath, source: chanceSource },
  { rule: "no-restricted-imports", path: ioPath, source: ioSource },
];

/** One for each configured rule; the directions have a table of their own. */
export const plants: readonly Plant[] = [...general, ...typed, ...deciding];

/** All plants as one tree. */
export const plantedFiles: Files = new Map(
  plants.flatMap((plant) => [[plant.path, plant.source] as const, ...Object.entries(plant.beside ?? {})]),
);
