/** `dunlin mapping`: what Intercom shows and why, as a file: look at it, check it, try it on a customer, save it. */
import { userInfo } from "node:os";
import { isDeepStrictEqual } from "node:util";
import { InvalidArgumentError, type Command } from "commander";
import { stringify } from "yaml";
import {
  mappedAttribute,
  mappingDocument,
  type DocumentProblem,
  type MappingDocument,
} from "../../contract/mapping.ts";
import { reportingOf, type Config } from "../config.ts";
import { DocumentUnknown, type StoredDocument } from "../documents/document.ts";
import { findDocument, findVersion } from "../documents/store.ts";
import type { Installation } from "../installation.ts";
import { checkDocument, type CheckedDocument } from "../mapping/check-document.ts";
import { compileMapping, type Mapping } from "../mapping/mapping.ts";
import { loadMapping } from "../pipeline/mapping-in-force.ts";
import { mappingFields, readMappingHistory } from "../upkeep/mapping/board.ts";
import { checkMapping } from "../upkeep/mapping/check-mapping.ts";
import { diffMapping } from "../upkeep/mapping/diff-mapping.ts";
import { previewMapping } from "../upkeep/mapping/preview-mapping.ts";
import { MappingInvalid, readMappingDocument, saveMapping } from "../upkeep/mapping/save-mapping.ts";
import { withInstallation } from "./connect.ts";
import { withContexts } from "./contexts.ts";
import { linesOfFile, readDocumentFile, type LineOf } from "./document-file.ts";
import { followRollout } from "./follow-rollout.ts";
import { LiveBlock } from "./live-block.ts";
import { diffLines, fieldLines, previewLines, rolloutLine, versionLines } from "./mapping-text.ts";
import { hasWorker } from "./nodes.ts";
import { problemLines } from "./problems.ts";
import { say, sayAll } from "./terminal.ts";
import { withIntercom } from "./with-intercom.ts";

type Json = { readonly json?: boolean };

/** Adds the command and what it can do. */
export function registerMapping(program: Command, config: () => Config): void {
  const mapping = program
    .command("mapping")
    .description("what Intercom shows of billing: look at it, check it, change it");
  const within = (work: (installation: Installation) => Promise<void>): Promise<void> =>
    withInstallation(config(), work);

  mapping
    .command("show")
    .description("print the mapping in force as YAML, to begin a file with")
    .argument("[version]", "a version that was in force before", wholeNumber)
    .option("--json", "print it as JSON")
    .action((version: number | undefined, { json = false }: Json) =>
      within((it) => show(config(), it, { json, ...(version === undefined ? {} : { version }) })),
    );
  mapping
    .command("fields")
    .description("list the fields of the profile that an attribute can be made of")
    .option("--json", "print them as JSON, with their rules")
    .action(({ json = false }: Json) =>
      json ? say(JSON.stringify(mappingFields, null, 2)) : sayAll(fieldLines(mappingFields)),
    );
  mapping
    .command("check")
    .description("check a file: names, sources, expressions, types, and what the workspace has; exit code 1 on errors")
    .argument("<file>", "a mapping as YAML or JSON")
    .option("--offline", "do not ask Intercom what the workspace has")
    .action((file: string, { offline = false }: { readonly offline?: boolean }) =>
      offline ? checkAlone(file) : within((it) => check(config(), it, file)),
    );
  mapping
    .command("preview")
    .description("show what one customer's contact shows, and would show")
    .argument("<customer>", "a Stripe customer id, a contact id, an e-mail or the business's own user id")
    .option("--file <file>", "with this mapping instead of the one in force")
    .option("--json", "print it as JSON")
    .action((customer: string, options: Json & { readonly file?: string }) =>
      within((it) => preview(config(), it, { ...options, customer })),
    );
  mapping
    .command("diff")
    .description("count what a file would change on all contacts, with examples; changes nothing")
    .argument("<file>", "a mapping as YAML or JSON")
    .option("--json", "print it as JSON")
    .action((file: string, { json = false }: Json) => within((it) => diff(config(), it, { file, json })));
  mapping
    .command("apply")
    .description("save a file as the next version; the server brings it to the contacts that it concerns")
    .argument("<file>", "a mapping as YAML or JSON; - reads it from the input")
    .option("--note <text>", "why, for the history")
    .option("--based-on <n>", "the version that the file began as; refused if another one came since", wholeNumber)
    .option("--detach", "do not wait until it is on all contacts")
    .action((file: string, options: ApplyOptions) => within((it) => apply(config(), it, { ...options, file })));
  mapping
    .command("history")
    .description("list the versions that were saved, and how far the latest is")
    .option("--json", "print it as JSON")
    .action(({ json = false }: Json) => within((it) => history(it, json)));
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

async function show(
  config: Config,
  { pool }: Installation,
  { version, json = false }: Json & { readonly version?: number },
): Promise<void> {
  const { saved, document, problems } = await findShown(config, pool, version);
  if (json) return say(JSON.stringify(document ?? saved?.body, null, 2));
  say(
    `# ${saved ? `Version ${saved.version}` : "The preset; nothing was saved yet"}. Check changes with: dunlin mapping check <file>`,
  );
  sayAll(problems.map(({ path, problem }) => `# ${path}: ${problem}`));
  say(stringify(document ? withoutDefaults(document) : saved?.body, { lineWidth: 120 }).trimEnd());
}

type Shown = Partial<CheckedDocument> & {
  /** Undefined while the preset is in force. */
  readonly saved: StoredDocument | undefined;
  readonly problems: readonly DocumentProblem[];
};

/** The version in force, or this one; one that this version of Dunlin does not understand is shown as it was saved, to be mended. */
async function findShown(config: Config, pool: Installation["pool"], version: number | undefined): Promise<Shown> {
  const saved = await findDocument(pool, "mapping", version);
  if (saved) {
    const { document, problems } = checkDocument(saved.body);
    return { saved, document, problems: document ? [] : problems };
  }
  if (version !== undefined) throw new DocumentUnknown({ kind: "mapping", version });
  return { saved, document: (await loadMapping(pool, config.attributePreset)).document, problems: [] };
}

/** A file says what is special; what it leaves out is read back as the default. */
function withoutDefaults(document: MappingDocument): unknown {
  const plain = mappingDocument.parse({ version: 1, attributes: [] });
  const sample = { name: "a", field: "plan", purpose: "a" };
  const usual = mappedAttribute.parse(sample);
  const shorten = <T extends object>(value: T, defaults: Readonly<Record<string, unknown>>, kept: readonly string[]) =>
    Object.fromEntries(
      Object.entries(value).filter(([key, part]) => kept.includes(key) || !isDeepStrictEqual(part, defaults[key])),
    );
  const attributes = document.attributes.map((one) => shorten(one, usual, Object.keys(sample)));
  return { ...shorten(document, plain, ["version"]), attributes };
}

async function checkAlone(file: string): Promise<void> {
  sayChecked(file, await checkMapping(await readDocumentFile(file)), await linesOfFile(file));
}

async function check(config: Config, installation: Installation, file: string): Promise<void> {
  const input = await readDocumentFile(file);
  const lineOf = await linesOfFile(file);
  await withIntercom(config, installation, async (intercom) =>
    sayChecked(file, await checkMapping(input, { pool: installation.pool, intercom }), lineOf),
  );
}

function sayChecked(
  file: string,
  { document, problems }: Awaited<ReturnType<typeof checkMapping>>,
  lineOf: LineOf,
): void {
  if (document) {
    const on = document.attributes.filter((attribute) => attribute.on).length;
    say(`✓ ${file} can be saved: ${on} attributes are on, ${document.attributes.length - on} off.`);
  } else {
    say(`✗ ${file} cannot be saved:`);
    process.exitCode = 1;
  }
  sayAll(problemLines(problems, lineOf));
}

async function readTrial(file: string): Promise<Mapping> {
  const document = readMappingDocument(await readDocumentFile(file));
  return compileMapping(document, { name: file, retiring: document.retired });
}

async function preview(
  config: Config,
  { pool }: Installation,
  { customer, file, json = false }: Json & { readonly customer: string; readonly file?: string },
): Promise<void> {
  const mapping = file === undefined ? await loadMapping(pool, config.attributePreset) : await readTrial(file);
  const shown = await previewMapping({ pool, reporting: reportingOf(config) }, mapping, { name: customer });
  if (json) say(JSON.stringify(shown, null, 2));
  else sayAll(previewLines(shown));
}

async function diff(
  config: Config,
  installation: Installation,
  { file, json }: { readonly file: string; readonly json: boolean },
): Promise<void> {
  const mapping = await readTrial(file);
  const ends = new AbortController();
  process.once("SIGINT", () => ends.abort());
  const block = new LiveBlock(process.stdout, { silent: json });
  const found = await withContexts(config, installation, (contexts) =>
    diffMapping(
      contexts,
      { mapping, inForce: contexts.main.mapping() },
      {
        contactsMax: Number.POSITIVE_INFINITY,
        signal: ends.signal,
        onProgress: (looked, all) => block.show([`${looked} of ${all} contacts looked at`], "looking"),
      },
    ),
  );
  block.end();
  if (json) say(JSON.stringify(found, null, 2));
  else sayAll(diffLines(found));
}

type ApplyOptions = { readonly note?: string; readonly basedOn?: number; readonly detach?: boolean };

async function apply(
  config: Config,
  installation: Installation,
  { file, note, basedOn, detach = false }: ApplyOptions & { readonly file: string },
): Promise<void> {
  const { pool } = installation;
  const input = await readDocumentFile(file);
  const base = basedOn ?? (await findVersion(pool, "mapping"));
  await withIntercom(config, installation, async (intercom) => {
    const { document, problems } = await checkMapping(input, { pool, intercom });
    if (!document) throw new MappingInvalid(problems);
    sayAll(problemLines(problems));
    await save(installation, { document, basedOn: base, note, detach });
  });
}

async function save(
  { pool }: Installation,
  wanted: {
    readonly document: MappingDocument;
    readonly basedOn: number;
    readonly note: string | undefined;
    readonly detach: boolean;
  },
): Promise<void> {
  const { detach, ...rest } = wanted;
  const version = await saveMapping(pool, { ...rest, by: userInfo().username });
  say(`✓ Version ${version} is saved.`);
  if (!(await hasWorker(pool)))
    return say("  No server is running; the next one brings it to the contacts: dunlin start");
  if (!detach) await followRollout(pool);
}

async function history({ pool }: Installation, json: boolean): Promise<void> {
  const { rollout, versions } = await readMappingHistory(pool);
  if (json) return say(JSON.stringify({ rollout, versions }, null, 2));
  sayAll(versionLines({ versions }));
  if (rollout) sayAll(["", rolloutLine(rollout)]);
}
