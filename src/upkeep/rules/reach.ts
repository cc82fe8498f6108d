/** Whom rules would meet that go by an expression or a date: the customers as they are now, counted, with examples. */
import type { RuleReach } from "../../../contract/rules-api.ts";
import { listLinked } from "../../contacts/store.ts";
import { customerKeyText, type CustomerKey } from "../../model/customer-key.ts";
import type { Contexts } from "../../pipeline/context.ts";
import { ProductCache } from "../../pipeline/load-customer.ts";
import { loadStoredPeople, type Person } from "../../pipeline/person.ts";
import { factsOf } from "../../pipeline/rule-facts.ts";
import { addBusinessDays } from "../../pipeline/run-inputs.ts";
import { nextFiring } from "../../rules/dates.ts";
import type { CompiledRule } from "../../rules/program.ts";
import type { CustomerFacts } from "../../rules/run.ts";
import { truthOf } from "../../rules/run-values.ts";

export type Reaching = {
  /** Undefined until both vendors are connected: then nobody is looked at. */
  readonly contexts: Contexts | undefined;
  /** Unix seconds. */
  readonly nowS: number;
  /** Customers to look at, at most. */
  readonly customersMax: number;
};

/** By the rule's name. */
export type Reached = {
  readonly byRule: ReadonlyMap<string, RuleReach>;
  readonly looked: number;
  readonly isComplete: boolean;
};

const pageSize = 200;
const examplesMax = 3;
const weekS = 7 * 86_400;

/** Looks at customers with a contact, page by page. `timeZone` is the document's. Reads what is stored, and asks no vendor. */
export async function reachOf(
  rules: readonly CompiledRule[],
  timeZone: string,
  { contexts, nowS, customersMax }: Reaching,
): Promise<Reached> {
  const watching = rules.flatMap(watchOf);
  const byRule = new Map(watching.map(({ rule, reach }) => [rule.rule.name, reach]));
  if (watching.length === 0 || !contexts) return { byRule, looked: 0, isComplete: watching.length === 0 };
  const products = new ProductCache();
  let looked = 0;
  for (let after = ""; looked < customersMax;) {
    const limit = Math.min(pageSize, customersMax - looked);
    const leaders = await listLinked(contexts.main.pool, { after, limit });
    const people = await loadStoredPeople(contexts, products, leaders);
    for (const { customer } of leaders) {
      const found = people.get(customerKeyText(customer));
      if (found) lookAt(watching, { customer, person: found.person }, { nowS, timeZone });
    }
    looked += leaders.length;
    if (leaders.length < limit) return { byRule, looked, isComplete: true };
    after = leaders.at(-1)?.identity.contactId ?? "";
  }
  return { byRule, looked, isComplete: false };
}

type OpenReach = { -readonly [K in keyof RuleReach]: RuleReach[K] };

type Watching = { readonly rule: CompiledRule; readonly reach: OpenReach };

function watchOf(rule: CompiledRule): readonly Watching[] {
  const { kind } = rule.trigger;
  if (kind !== "becomes" && kind !== "date") return [];
  return [{ rule, reach: { kind: kind === "becomes" ? "crossing" : "date", customers: 0, examples: [] } }];
}

type Instant = { readonly nowS: number; readonly timeZone: string };

function lookAt(
  watching: readonly Watching[],
  { customer, person }: { readonly customer: CustomerKey; readonly person: Person },
  instant: Instant,
): void {
  const facts = factsOf(person, instant.nowS);
  const { name, email } = person.profile;
  for (const { rule, reach } of watching) {
    if (!meets(rule, facts, instant)) continue;
    reach.customers += 1;
    if (reach.examples.length < examplesMax) reach.examples.push({ ...customer, label: name ?? email });
  }
}

function meets({ trigger }: CompiledRule, facts: CustomerFacts, { nowS, timeZone }: Instant): boolean {
  if (trigger.kind === "becomes") return truthOf(trigger.expression, facts.values) === "true";
  if (trigger.kind !== "date") return false;
  const firing = nextFiring(trigger, facts, { nowS, timeZone, addBusinessDays });
  return firing !== null && firing.atS <= nowS + weekS;
}
