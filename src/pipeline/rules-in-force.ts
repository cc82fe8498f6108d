/** The rules in force: the newest saved document, compiled, and which of its rules stand still. Every node keeps them in memory. */
import { rulesDocument, type RulesDocument } from "../../contract/rule.ts";
import type { Pool } from "../db/pool.ts";
import { typesWith } from "../events/catalogue.ts";
import type { StoredDocument } from "../documents/document.ts";
import { findDocument, findVersion, getDocument } from "../documents/store.ts";
import { SingleFlight } from "../lib/single-flight.ts";
import { AppError } from "../model/error.ts";
import { checkRules } from "../rules/check-document.ts";
import { compileRules } from "../rules/compile.ts";
import type { CompiledRules } from "../rules/program.ts";
import { hasRuleAttributes, listStops, type RuleStop } from "../rules/store.ts";
import type { Log } from "./context.ts";
import type { RulesNow } from "./rules-now.ts";
import { InForce } from "./in-force.ts";
import { ruleVocabulary } from "./rule-vocabulary.ts";

/** Saved rules are not ones that this version of Dunlin understands. */
export class RulesUnreadable extends AppError {
  readonly code = "RULES_UNREADABLE";
  readonly kind = "invalid";
  constructor(version: number, problems: readonly string[]) {
    super(
      `Version ${version} of the rules cannot be used by this version of Dunlin: ${problems.join("; ")}. Mend it with: dunlin rules show > rules.yaml, dunlin rules apply rules.yaml`,
    );
  }
}

/** The document of somebody who has saved none. */
export const noRules: RulesDocument = rulesDocument.parse({ version: 1 });

/** Compiles a saved version. Throws RulesUnreadable. */
export function compileSaved({ version, body }: Pick<StoredDocument, "version" | "body">): CompiledRules {
  const { document, problems } = checkRules(body, ruleVocabulary, { allowsPrivateHosts: true });
  if (document) return compileRules(document, ruleVocabulary, version);
  const errors = problems.filter(({ severity }) => severity === "error");
  throw new RulesUnreadable(
    version,
    errors.map(({ path, problem }) => `${path}: ${problem}`),
  );
}

/** The rules that are saved; those of nobody when none are. Throws RulesUnreadable. */
export async function loadRules(pool: Pool): Promise<CompiledRules> {
  const saved = await findDocument(pool, "rules");
  return saved ? compileSaved(saved) : compileRules(noRules, ruleVocabulary, 0);
}

/** A saved version. Throws DocumentUnknown and RulesUnreadable. */
export async function loadRulesVersion(pool: Pool, version: number): Promise<CompiledRules> {
  return compileSaved(await getDocument(pool, "rules", version));
}

/** What is in force at present. Throws RulesUnreadable. */
export async function loadRulesNow(pool: Pool): Promise<RulesNow> {
  const rules = await loadRules(pool);
  const stops = await listStops(pool);
  return nowOf(rules, stops, rules.attributes.size > 0 || (await hasRuleAttributes(pool)));
}

function nowOf(rules: CompiledRules, stops: readonly RuleStop[], setsAttributes: boolean): RulesNow {
  const active = rules.rules.filter(({ rule: { mode } }) => mode === "shadow" || mode === "live");
  const triggers = active.map(({ trigger }) => trigger);
  return {
    rules,
    stops: new Map(stops.map((stop) => [stop.rule, stop])),
    active,
    moments: new Set(triggers.flatMap((trigger) => (trigger.kind === "moment" ? [trigger.name] : []))),
    eventTypes: new Set(triggers.flatMap((trigger) => (trigger.kind === "stripe" ? [trigger.type] : []))),
    watching: active.filter(({ trigger: { kind } }) => kind === "becomes" || kind === "date"),
    watchesDays: triggers.some(
      (trigger) => trigger.kind === "becomes" && trigger.expression.paths.some((path) => /^ages\b/.test(path)),
    ),
    setsAttributes,
  };
}

/** What Stripe is asked to send: Dunlin's own types, and those that rules go by. Throws RulesUnreadable. */
export async function typesInForce(pool: Pool): Promise<readonly string[]> {
  return typesWith((await loadRulesNow(pool)).eventTypes);
}

/** Keeps the rules in memory, and former versions for the runs that began with them. */
export class RuleBook extends InForce<RulesNow> {
  readonly #pool: Pool;
  readonly #former = new Map<number, CompiledRules>();
  readonly #reads = new SingleFlight<CompiledRules>();

  constructor({ pool, log, signal, onRead }: RuleBookSettings) {
    super({
      topic: "rules",
      log,
      signal,
      onRead,
      first: nowOf(compileRules(noRules, ruleVocabulary, 0), [], false),
      read: () => loadRulesNow(pool),
      isNewest: async ({ rules, stops }) => {
        const [version, now] = [await findVersion(pool, "rules"), await listStops(pool)];
        return version === rules.version && now.length === stops.size && now.every(({ rule }) => stops.has(rule));
      },
    });
    this.#pool = pool;
  }

  /** Another node may have saved this version a moment ago: by the one before it, a rule may not be there at all. */
  async reach(version: number): Promise<void> {
    if (version <= this.current.rules.version) return;
    try {
      await this.reload();
    } catch (error) {
      // An older Dunlin goes on by what it can read.
      if (!(error instanceof RulesUnreadable)) throw error;
    }
  }

  /** A version, for runs that began with it. Throws RulesUnreadable. */
  async version(version: number): Promise<CompiledRules> {
    const { rules } = this.current;
    if (rules.version === version) return rules;
    return this.#former.get(version) ?? (await this.#reads.do(String(version), () => this.#read(version)));
  }

  async #read(version: number): Promise<CompiledRules> {
    const saved = await findDocument(this.#pool, "rules", version);
    if (!saved) throw new RulesUnreadable(version, ["it is not kept any more"]);
    const compiled = compileSaved(saved);
    this.#former.set(version, compiled);
    return compiled;
  }
}

export type RuleBookSettings = {
  readonly pool: Pool;
  readonly log: Log;
  /** Ends the watching. */
  readonly signal: AbortSignal;
  /** Told before rules come into force on this node. */
  readonly onRead?: ((now: RulesNow) => Promise<void>) | undefined;
};
