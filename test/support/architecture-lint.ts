/** Runs oxlint with the repository's own configuration over planted files, to see that each rule bites. */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Files } from "./architecture-rules.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

const report = z.object({
  diagnostics: z.array(
    z.object({
      code: z.string(),
      filename: z.string(),
      message: z.string(),
      help: z.string().optional(),
      labels: z.array(z.object({ span: z.object({ line: z.number() }) })),
    }),
  ),
});

/** What the linter found: the rule without its plugin, where, and what it told the author. */
export type Finding = {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly text: string;
};

/** Writes the files to a folder of their own, lints them there, and answers every finding. */
export async function lintFiles(files: Files): Promise<readonly Finding[]> {
  const folder = await mkdtemp(join(tmpdir(), "dunlin-lint-"));
  try {
    await cp(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
    await writeFile(join(folder, "tsconfig.json"), await looseTsconfig());
    for (const [path, source] of files) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), source);
    }
    return findingsOf(await runOxlint(folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The compiler options of the repository, without the packages that the planted files do not have. */
async function looseTsconfig(): Promise<string> {
  const base = z
    .object({ compilerOptions: z.record(z.string(), z.unknown()) })
    .parse(JSON.parse(await readFile(join(root, "tsconfig.base.json"), "utf8")));
  const compilerOptions = { ...base.compilerOptions, types: [], noEmit: true, allowImportingTsExtensions: true };
  return JSON.stringify({ compilerOptions, include: ["**/*.ts", "**/*.tsx"] });
}

/** Its exit code is 1 when it finds something, which is what we hope for. */
function runOxlint(folder: string): Promise<string> {
  const args = [join(root, "node_modules/oxlint/bin/oxlint"), "--type-aware", "--format=json"];
  // Looked for below the working directory, where there is none.
  const env = { ...process.env, OXLINT_TSGOLINT_PATH: join(root, "node_modules/oxlint-tsgolint/bin/tsgolint.js") };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (stdout.trimStart().startsWith("{")) resolve(stdout);
      else reject(new Error(`oxlint answered no report: ${stdout}${stderr}`, { cause: error }));
    });
  });
}

function findingsOf(json: string): readonly Finding[] {
  return report.parse(JSON.parse(json)).diagnostics.map(({ code, filename, message, help, labels }) => ({
    rule: /\((.+)\)/.exec(code)?.[1] ?? code,
    path: filename,
    line: labels[0]?.span.line ?? 0,
    text: `${message} ${help ?? ""}`,
  }));
}

const rules = z.record(z.string(), z.unknown());
const config = z.object({ rules, overrides: z.array(z.object({ rules: rules.optional() })) });

/** The names of all rules that the configuration turns on by name, without their plugin. */
export async function configuredRules(): Promise<ReadonlySet<string>> {
  const text = await readFile(join(root, ".oxlintrc.json"), "utf8");
  const parsed = config.parse(JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, "")));
  const groups = [parsed.rules, ...parsed.overrides.map((override) => override.rules ?? {})];
  const named = groups.flatMap((group) => Object.entries(group).filter(([, setting]) => setting !== "off"));
  return new Set(named.map(([name]) => name.replace(/^.*\//, "")));
}
