/** A recipe walked through by one customer, decision by decision: no server, no vendor, and time that is only told. */
import { beforeAll } from "vitest";
import { rulesDocument } from "../../contract/rule.ts";
import { celInstant } from "../../src/lib/cel.ts";
import type { FailureClass } from "../../src/model/payment-trouble.ts";
import { ruleVocabulary } from "../../src/pipeline/rule-vocabulary.ts";
import { advanceRun } from "../../src/rules/advance.ts";
import type { ArbiterView } from "../../src/rules/arbiter.ts";
import { checkRules } from "../../src/rules/check-document.ts";
import { compileRules } from "../../src/rules/compile.ts";
import { beginRun, judgeTrigger, type Judgement } from "../../src/rules/judge.ts";
import type { CompiledRule, CompiledTrigger } from "../../src/rules/program.ts";
import { addRecipe, fillRecipe } from "../../src/rules/recipes.ts";
import type { CustomerFacts, Deed, EffectReport, RunState, Trigger } from "../../src/rules/run.ts";
import { getRecipe } from "../../src/upkeep/recipe-files.ts";
import { addWorkingDays, mondayS } from "./rules.ts";

/** Those that the recipes tell apart. */
const failureClasses = [
  "insufficient_funds",
  "soft",
  "needs_authentication",
  "account_closed",
  "wrong_details",
  "account_blocked",
  "mandate_revoked",
  "disputed",
  "technical",
  "unexplained",
  "stopped",
] as const satisfies readonly FailureClass[];

/** Fields of the profile as expressions see them, with plain numbers: whole ones and dates are made what they have to be. */
type Fields = Readonly<Record<string, string | number | boolean>>;

/** The recipe's rules, filled with its examples. */
async function compiledRecipe(name: string): Promise<readonly CompiledRule[]> {
  const recipe = await getRecipe(name);
  const part = fillRecipe(recipe, Object.fromEntries(recipe.inputs.map((input) => [input.name, input.example])));
  if ("problems" in part) throw new Error(JSON.stringify(part.problems));
  const added = addRecipe(rulesDocument.parse({ version: 1, dunning: { stripeEmails: false } }), part);
  if ("problems" in added) throw new Error(JSON.stringify(added.problems));
  const { document, problems } = checkRules(added.document, ruleVocabulary);
  if (document === null) throw new Error(JSON.stringify(problems));
  return compileRules(document, ruleVocabulary, 1).rules;
}

/** What triggers a rule: just what it waits for. */
function triggerOf({ trigger, rule }: CompiledRule, parts: Partial<Trigger>): Trigger {
  const shared = { key: `${rule.name} 1`, objectId: "obj_1", occurredAtS: mondayS, facts: {} };
  return { kind: trigger.kind, name: nameOf(trigger), ...shared, ...parts };
}

function nameOf(trigger: CompiledTrigger): string {
  switch (trigger.kind) {
    case "moment":
      return trigger.name;
    case "stripe":
      return trigger.type;
    case "date":
      return trigger.date.field;
    case "signal":
      return trigger.signal;
    case "becomes":
      return "";
    case "manual":
      return "manual";
  }
}

/** The rules of a recipe within a `describe`, ready before its tests. */
export function rulesOf(name: string): { readonly rule: (index?: number) => CompiledRule } {
  let rules: readonly CompiledRule[] = [];
  beforeAll(async () => {
    rules = await compiledRecipe(name);
  });
  return {
    rule: (index = 0) => {
      const rule = rules[index];
      if (!rule) throw new Error(`${name} has no rule ${index}`);
      return rule;
    },
  };
}

/** One customer on their way through one rule. Every act is written down as it happens, such as `chat some-text`. */
export class Walk {
  readonly acts: string[] = [];
  #fields: Fields;
  #nowS = mondayS;
  #repliedS: number | null = null;
  #run: RunState | null = null;
  readonly #rule: CompiledRule;
  readonly #trigger: Trigger;

  constructor(rule: CompiledRule, fields: Fields, trigger: Partial<Trigger> = {}) {
    this.#rule = rule;
    this.#fields = fields;
    this.#trigger = triggerOf(rule, trigger);
  }

  /** Whether the rule begins; if so, its first steps are taken. */
  begin(): Judgement {
    const judgement = judgeTrigger(this.#rule, this.#trigger, {
      facts: this.#facts(),
      person: { account: "main", customerId: "cus_1" },
      nowS: this.#nowS,
      groups: {},
      lastStartedS: null,
      timeZone: "Europe/Berlin",
      addBusinessDays: addWorkingDays,
    });
    if (judgement.kind === "start") {
      this.#run = beginRun(this.#trigger, this.#nowS);
      this.#goOn();
    }
    return judgement;
  }

  /** Time passes, hour by hour. */
  pass(days: number): this {
    for (let hour = 0; hour < days * 24; hour += 1) {
      this.#nowS += 3_600;
      this.#goOn();
    }
    return this;
  }

  /** Something changes in Stripe; `null` takes a field away. */
  becomes(changes: Readonly<Record<string, string | number | boolean | null>>): this {
    const now = { ...this.#fields, ...changes };
    this.#fields = Object.fromEntries(
      Object.entries(now).filter((entry): entry is [string, string | number | boolean] => entry[1] !== null),
    );
    this.#goOn();
    return this;
  }

  replies(): this {
    this.#nowS += 60;
    this.#repliedS = this.#nowS;
    this.#goOn();
    return this;
  }

  /** How the run ended; null while it has not. */
  get ended(): string | null {
    return this.#run?.ended?.how ?? null;
  }

  #goOn(): void {
    let effect: EffectReport | null = null;
    while (this.#run !== null && this.#run.ended === null) {
      const { state, deeds } = advanceRun(this.#rule, this.#run, {
        nowS: this.#nowS,
        trigger: this.#trigger,
        facts: this.#facts(),
        signals: {
          repliedS: this.#repliedS,
          conversationId: this.#repliedS === null ? null : "1",
          openConversations: 0,
          unsubscribed: false,
        },
        effect,
        approval: "none",
        sent: [],
        arbiter: this.#arbiter(),
        effectKey: (at) => `run:${at}`,
        timeZone: "Europe/Berlin",
        addBusinessDays: addWorkingDays,
        mode: "live",
      });
      const isSame = state === this.#run;
      this.#run = state;
      this.acts.push(...deeds.map(wordsOf));
      if (isSame || (state.waiting !== null && state.waiting.for !== "effect")) break;
      effect = { state: "confirmed", conversationId: null, atS: this.#nowS, why: null };
    }
  }

  #facts(): CustomerFacts {
    const { profile: types } = ruleVocabulary;
    const profile = Object.fromEntries(
      Object.entries(this.#fields).map(([field, value]) => {
        if (typeof value !== "number") return [field, value];
        return [
          field,
          types[field] === "int" ? BigInt(value) : types[field] === "timestamp" ? celInstant(value) : value,
        ];
      }),
    );
    const dates = Object.fromEntries(
      ruleVocabulary.dates.map((field) => [
        field,
        typeof this.#fields[field] === "number" ? this.#fields[field] : null,
      ]),
    );
    return {
      values: { profile, ages: this.#ages() },
      dates,
      subjects: { invoice: "in_1", subscription: "sub_1", period: "sub_1:1" },
      locale: "de",
      country: "DE",
      timeZone: null,
    };
  }

  #ages(): Readonly<Record<string, bigint>> {
    const until = (field: string): number | null => {
      const atS = this.#fields[field];
      return typeof atS === "number" ? Math.floor((atS - this.#nowS) / 86_400) : null;
    };
    const [toExpiry, toTrialEnd, tenure] = [until("card_expires_at"), until("trial_end"), until("created_at")];
    return {
      ...(toExpiry === null ? {} : { days_to_card_expiry: BigInt(toExpiry) }),
      ...(toTrialEnd === null ? {} : { days_to_trial_end: BigInt(toTrialEnd) }),
      ...(tenure === null ? {} : { tenure_days: BigInt(-tenure - 1) }),
      ...(this.#fields["is_past_due"] === true ? { days_invoice_open: 10n } : {}),
    };
  }

  #arbiter(): ArbiterView {
    const { is_past_due: isLate, debit_state: debit, payment_failure: failure } = this.#fields;
    const isDebitProcessing = debit === "pending";
    return {
      invoice: {
        id: "in_1",
        isPaid: isLate !== true && !isDebitProcessing,
        isDisputed: false,
        nextAttemptS: null,
        isDebitProcessing,
      },
      failure: failureClasses.find((known) => known === failure) ?? null,
      stripeEmails: false,
      rivals: [],
      openConversations: 0,
    };
  }
}

function wordsOf({ act, values }: Deed): string {
  switch (act.kind) {
    case "message":
      return `${act.channel} ${act.text}`;
    case "ticket":
      return `ticket ${act.title} for ${act.team ?? "nobody"}`;
    case "assign":
      return `assign ${act.to.type} ${act.to.id}`;
    case "priority":
      return `priority ${act.priority}`;
    case "tag":
    case "untag":
      return `${act.kind} ${act.tag}`;
    case "set":
      return `set ${act.attribute} = ${String(values["value"])}`;
    case "unset":
      return `unset ${act.attribute}`;
    case "note":
    case "conversation":
      return `${act.kind} ${act.text}`;
    case "data_event":
      return `event ${act.name}`;
    case "webhook":
      return `webhook ${act.url}`;
  }
}
