/** Takes the latest change back: the version before it is saved anew, and what only the later one wrote is taken out again. */
import type { MappingDocument } from "../../../contract/mapping.ts";
import type { Pool } from "../../db/pool.ts";
import type { DocumentKind, StoredDocument } from "../../documents/document.ts";
import { findDocument, getDocument, listDocuments } from "../../documents/store.ts";
import { checkDocument } from "../../mapping/check-document.ts";
import { presetDocument } from "../../mapping/default-document.ts";
import type { Preset } from "../../mapping/preset.ts";
import { wantedPreset } from "../../pipeline/mapping-in-force.ts";
import { noRules } from "../../pipeline/rules-in-force.ts";
import { readMappingDocument } from "../mapping/save-mapping.ts";
import { NothingToRollBack } from "../rules/errors.ts";
import { readRules } from "../rules/save-rules.ts";
import type { Change } from "./change.ts";

/** Documents that are changed together. */
export type ChangedKind = Extract<DocumentKind, "mapping" | "rules">;

/** Which documents, and for one of them to which version (0 before the first); without any, what was saved last. */
export type RollbackOrder = { readonly kinds: readonly ChangedKind[]; readonly to?: number | undefined };

/** The change that takes it back, and from which version to which. */
export type Rollback = {
  readonly change: Change;
  readonly steps: readonly { readonly kind: ChangedKind; readonly from: number; readonly to: number }[];
};

export type RollbackGround = {
  readonly pool: Pool;
  /** The prefix of the attributes, when no mapping was saved. */
  readonly preset: Preset | "auto";
};

/**
 * Finds what is to be saved. Throws NothingToRollBack, DocumentUnknown, or what is wrong with a version that this Dunlin does not
 * take any more.
 */
export async function prepareRollback(
  { pool, preset }: RollbackGround,
  { kinds: named, to }: RollbackOrder,
): Promise<Rollback> {
  const kinds = named.length === 0 ? await savedLast(pool) : named;
  const steps = await Promise.all(kinds.map((one) => stepOf(pool, one, to)));
  const mappingStep = steps.find((step) => step.kind === "mapping");
  const rulesStep = steps.find((step) => step.kind === "rules");
  const mapping =
    mappingStep && (await formerMapping(pool, mappingStep, (await wantedPreset(pool, preset)) ?? "stripe"));
  const mapped = mapping?.document ?? (await mappingNow(pool, (await wantedPreset(pool, preset)) ?? "stripe"));
  const rules = rulesStep && {
    rules: readRules(await bodyOf(pool, rulesStep, noRules), namesOf(mapped), { allowsPrivateHosts: true }),
    basedOn: rulesStep.from,
  };
  return { change: { mapping, rules }, steps };
}

type Step = Rollback["steps"][number];

/** What one commit saved bears the same instant. */
async function savedLast(pool: Pool): Promise<readonly ChangedKind[]> {
  const all: readonly ChangedKind[] = ["mapping", "rules"];
  const found = await Promise.all(all.map(async (kind) => ({ kind, saved: await findDocument(pool, kind) })));
  const newest = Math.max(...found.map(({ saved }) => saved?.savedAt.getTime() ?? 0));
  const kinds = found.filter(({ saved }) => saved?.savedAt.getTime() === newest).map(({ kind }) => kind);
  if (kinds.length === 0) throw new NothingToRollBack("Neither a mapping nor rules were ever saved.");
  return kinds;
}

async function stepOf(pool: Pool, kind: ChangedKind, to: number | undefined): Promise<Step> {
  const [newest] = await listDocuments(pool, kind, 1);
  if (!newest) throw new NothingToRollBack(`No ${kind} were ever saved.`.replace("No mapping were", "No mapping was"));
  const target = to ?? newest.version - 1;
  if (target === newest.version) throw new NothingToRollBack(`Version ${target} of the ${kind} is in force already.`);
  return { kind, from: newest.version, to: target };
}

async function bodyOf(pool: Pool, { kind, to }: Pick<Step, "kind" | "to">, none: object): Promise<unknown> {
  return to === 0 ? none : (await getDocument(pool, kind, to)).body;
}

async function formerMapping(pool: Pool, step: Step, preset: Preset): Promise<NonNullable<Change["mapping"]>> {
  const former = readMappingDocument(await bodyOf(pool, step, presetDocument(preset)));
  const later = await findDocument(pool, "mapping", step.from);
  return { document: withoutTraceOf(former, later), basedOn: step.from };
}

/** Names that only the later version wrote are emptied everywhere; the former one knows nothing of them. */
function withoutTraceOf(former: MappingDocument, later: StoredDocument | undefined): MappingDocument {
  const laterDocument = later && checkDocument(later.body).document;
  if (!laterDocument) return former;
  const allOf = ({ attributes, companies }: MappingDocument): MappingDocument["attributes"] => [
    ...attributes,
    ...(companies?.attributes ?? []),
  ];
  const kept = new Set(allOf(former).map(({ name }) => name));
  const added = allOf(laterDocument)
    .filter(({ name, on }) => on && !kept.has(name))
    .map(({ name }) => name);
  return { ...former, retired: [...new Set([...former.retired, ...added])] };
}

async function mappingNow(pool: Pool, preset: Preset): Promise<MappingDocument> {
  const saved = await findDocument(pool, "mapping");
  return (saved && checkDocument(saved.body).document) ?? presetDocument(preset);
}

function namesOf({ attributes }: MappingDocument): ReadonlySet<string> {
  return new Set(attributes.filter(({ on }) => on).map(({ name }) => name));
}
