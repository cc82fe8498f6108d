/** Something that might trigger a rule, with examples for facts: for trying a rule on a customer to whom it has not happened. */
import type { FactType } from "../../../contract/moment-fact.ts";
import { fromMajor, toMajor, type Money } from "../../model/money.ts";
import type { Profile } from "../../model/profile.ts";
import { ruleVocabulary } from "../../pipeline/rule-vocabulary.ts";
import type { CompiledTrigger } from "../../rules/program.ts";
import type { Trigger, TriggerFacts } from "../../rules/run.ts";

const dayS = 86_400;

/** Its amount is that of the customer's open invoice, when there is one. `nowS` is in unix seconds. */
export function madeUpTrigger(awaited: CompiledTrigger, profile: Profile, nowS: number): Trigger {
  const head = { key: `test:${nowS}`, objectId: null, occurredAtS: nowS, facts: {} };
  switch (awaited.kind) {
    case "moment":
      return { ...head, kind: "moment", name: awaited.name, facts: momentFacts(awaited.name, profile, nowS) };
    case "stripe": {
      const invoiceId = profile.openInvoices.oldest?.id ?? "in_example";
      const objectId = awaited.type.startsWith("invoice.") ? invoiceId : "example";
      const { amount, currency, money } = amountFacts(profile);
      return {
        ...head,
        kind: "stripe",
        name: awaited.type,
        objectId,
        facts: { type: awaited.type, object_id: objectId, amount, currency, money },
      };
    }
    case "date":
      return { ...head, kind: "date", name: awaited.date.field };
    case "signal": {
      const tag = awaited.tag === null ? {} : { tag: awaited.tag };
      return { ...head, kind: "signal", name: awaited.signal, facts: { conversation_id: "0", ...tag } };
    }
    case "becomes":
    case "manual":
      return { ...head, kind: awaited.kind, name: awaited.kind };
  }
}

function momentFacts(name: string, profile: Profile, nowS: number): TriggerFacts {
  const amounts: Readonly<Record<string, string | number | Money>> = amountFacts(profile);
  const examples = Object.entries(ruleVocabulary.moments[name] ?? {}).flatMap(
    ([fact, type]): [string, TriggerFacts[string]][] => {
      const value = amounts[fact] ?? exampleOf(fact, type, nowS);
      return value === null ? [] : [[fact, value]];
    },
  );
  return Object.fromEntries(examples);
}

function exampleOf(fact: string, type: FactType, nowS: number): string | number | boolean | null {
  switch (type) {
    case "text":
      return fact === "failure" ? "insufficient_funds" : fact;
    case "number":
      return 1;
    case "flag":
      return false;
    case "date":
      return nowS + 7 * dayS;
    case "money":
    case "link":
      return null;
  }
}

function amountFacts({ openInvoices }: Profile): {
  readonly amount: number;
  readonly currency: string;
  readonly money: Money;
} {
  const money = openInvoices.oldest?.amount ?? fromMajor(49, "eur");
  return { amount: toMajor(money), currency: money.currency.toUpperCase(), money };
}
