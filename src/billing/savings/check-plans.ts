/** Station billing: holds a plans document against the prices that are known, so that mistakes are found when it is saved. */
import { isCurrency, type PlanDefinition, type PlansDocument, type PlansFinding } from "../../../contract/plans.ts";
import { AppError } from "../../model/error.ts";
import type { ObjectCopyOf, PriceFacts } from "../../model/stripe-object.ts";
import { flawOf } from "../price-cost.ts";
import { priceIn } from "../price-in-currency.ts";
import type { PricesById } from "./basket.ts";

/** The plans document has mistakes; all of them are named. */
export class PlansInvalid extends AppError {
  readonly code = "PLANS_INVALID";
  readonly kind = "invalid";
  override readonly httpStatus = 422;
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The plans document has ${problems.length === 1 ? "a mistake" : `${problems.length} mistakes`}: ${problems.join(" ")}`,
    );
    this.problems = problems;
  }
}

type Say = (level: PlansFinding["level"], code: string, text: string) => PlansFinding;

/** Everything that is to be said about the document: errors first. No error: it may be saved. */
export function checkPlans({ plans }: PlansDocument, prices: PricesById): readonly PlansFinding[] {
  const findings = plans.flatMap((plan) => [
    ...plan.prices.flatMap(({ id }) => priceFindings(plan, id, prices)),
    ...planFindings(plan, { plans, prices }),
  ]);
  const rank = { error: 0, warning: 1 } as const;
  return findings.toSorted((a, b) => rank[a.level] - rank[b.level]);
}

function sayFor({ id }: PlanDefinition, price: string | null): Say {
  return (level, code, text) => ({ level, code, plan: id, price, text });
}

function priceFindings(plan: PlanDefinition, id: string, prices: PricesById): readonly PlansFinding[] {
  const say = sayFor(plan, id);
  const price = prices.get(id);
  const lookAgain = "Check the id, or let a backfill run first.";
  if (!price) return [say("error", "price_unknown", `The price ${id} is not known. ${lookAgain}`)];
  const { facts, deleted } = price;
  if (deleted) return [say("error", "price_unknown", `Stripe has no price ${id} any more.`)];
  const gone = `The price ${id} is not active any more. Set offered: false if nobody can change to the plan.`;
  return [
    ...(facts.active || !plan.offered ? [] : [say("error", "price_inactive", gone)]),
    ...(facts.interval === null
      ? [say("error", "not_recurring", `The price ${id} is paid once; a plan has recurring prices.`)]
      : []),
    ...currencyFindings(facts, { plan, id, say }),
    ...termsFindings(facts, { plan, id, say }),
  ];
}

type About = { readonly plan: PlanDefinition; readonly id: string; readonly say: Say };

function currencyFindings(facts: PriceFacts, { plan, id, say }: About): readonly PlansFinding[] {
  const { currency } = facts;
  if (currency === null || !isCurrency(currency)) {
    return [
      say("error", "currency_unknown", `The price ${id} is in ${currency ?? "no currency"}, which is not known.`),
    ];
  }
  if (plan.currency === undefined || priceIn(facts, plan.currency)) return [];
  const both = `is in ${upper(currency)}, the plan says ${upper(plan.currency)}`;
  return [say("error", "currency_differs", `The price ${id} ${both}.`)];
}

function termsFindings(facts: PriceFacts, { plan, id, say }: About): readonly PlansFinding[] {
  const findings: PlansFinding[] = [];
  const untold = facts.billingScheme === "tiered" && facts.tiers === null;
  const flaw = untold ? null : flawOf(facts);
  if (untold)
    findings.push(
      say("warning", "tiers_unknown", `The tiers of the price ${id} are not known yet; let a backfill run.`),
    );
  if (flaw) findings.push(say("error", "price_unusable", `The price ${id} cannot be reckoned with. ${flaw.unknown}`));
  if (!facts.metered) return findings;
  if (facts.meterId === null)
    findings.push(say("error", "meter_missing", `The price ${id} is metered and names no meter.`));
  if (plan.prices.some((entry) => entry.id === id && entry.quantity !== undefined)) {
    findings.push(say("error", "quantity_metered", `The price ${id} is metered, so that it has no quantity.`));
  }
  if (facts.meterId !== null && plan.includes.includes(facts.meterId)) {
    findings.push(
      say("error", "meter_included", `The plan includes the meter ${facts.meterId} and has a price for it, ${id}.`),
    );
  }
  return findings;
}

type Ground = { readonly plans: readonly PlanDefinition[]; readonly prices: PricesById };

function planFindings(plan: PlanDefinition, { plans, prices }: Ground): readonly PlansFinding[] {
  const say = sayFor(plan, null);
  const known = pricesOf(plan, prices);
  const currencies = new Set(known.map(({ facts }) => facts.currency));
  const meters = known.flatMap(({ facts }) => (facts.metered && facts.meterId !== null ? [facts.meterId] : []));
  const shared = new Set(meters.filter((meter, index) => meters.indexOf(meter) !== index));
  const roles = licensedRoles(plan, prices);
  const twice = new Set(roles.filter((role, index) => roles.indexOf(role) !== index));
  const twin = plans.find((other) => other.id !== plan.id && isSameSet(other, plan));
  const lonely = plan.offered && plans.length > 1 ? rolesNobodyHas(plan, { plans, prices }) : [];
  return [
    ...(currencies.size > 1
      ? [
          say(
            "error",
            "currencies_mixed",
            `The prices of the plan are in several currencies: ${[...currencies].map(upper).join(", ")}.`,
          ),
        ]
      : []),
    ...[...shared].map((meter) =>
      say("error", "meter_shared", `Several prices of the plan take the usage of the meter ${meter}.`),
    ),
    ...[...twice].map((role) =>
      say(
        "error",
        "role_shared",
        `Several prices of the plan count “${role}”; say with \`as\` what each of them counts.`,
      ),
    ),
    ...(twin
      ? [
          say(
            "error",
            "plans_alike",
            `The plan ${twin.id} has the same prices, so that nobody can tell which of them somebody has.`,
          ),
        ]
      : []),
    ...lonely.map((role) =>
      say("warning", "role_alone", `No other plan counts “${role}”, so that nobody has a quantity to carry over.`),
    ),
  ];
}

function pricesOf(plan: PlanDefinition, prices: PricesById): readonly ObjectCopyOf<"price">[] {
  return plan.prices.flatMap(({ id }) => prices.get(id) ?? []);
}

function licensedRoles(plan: PlanDefinition, prices: PricesById): readonly string[] {
  return plan.prices.flatMap(({ id, as }) => (prices.get(id)?.facts.metered === false ? [as] : []));
}

/** Quantities that the plan needs and no other plan has. */
function rolesNobodyHas(plan: PlanDefinition, { plans, prices }: Ground): readonly string[] {
  const others = new Set(plans.filter(({ id }) => id !== plan.id).flatMap((other) => licensedRoles(other, prices)));
  const needed = plan.prices.filter(
    ({ id, quantity, optional }) => quantity === undefined && !optional && prices.get(id)?.facts.metered === false,
  );
  return needed.map(({ as }) => as).filter((role) => !others.has(role));
}

function isSameSet(a: PlanDefinition, b: PlanDefinition): boolean {
  return a.prices.length === b.prices.length && a.prices.every(({ id }) => b.prices.some((price) => price.id === id));
}

function upper(currency: string | null): string {
  return currency?.toUpperCase() ?? "none";
}
