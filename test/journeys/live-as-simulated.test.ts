/** What the time machine says is what happens: a few weeks are lived through with recipes in force, and then rehearsed over their record. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { rulesBoard } from "../../contract/rules-api.ts";
import type { SimulationResult } from "../../contract/simulation.ts";
import { presetMapping } from "../../src/mapping/default-document.ts";
import { loadRules } from "../../src/pipeline/rules-in-force.ts";
import { simulate } from "../../src/pipeline/simulate/simulate.ts";
import { applyRecipes } from "../support/recipes-on-stage.ts";
import { openStage, type Newcomer, type Stage } from "../support/rules-journey.ts";
import type { Person } from "../support/rules-person.ts";
import { compareDeeds, deedsOf, type RuleDeed } from "../support/simulation.ts";

const recipes = [
  "churn-preventer",
  "sepa-soft-landing",
  "delinquent-gate",
  "upsell-scout",
  "trial-converter",
  "dispute-and-fraud-alert",
  "subscription-ending-soon",
  "credit-balance-reminder",
];

/** The rules of these recipes that have something to do in this story. */
const acting = recipes.map((recipe) => (recipe === "dispute-and-fraud-alert" ? "dispute-alert" : recipe));

const people = {
  silent: { name: "Ada" },
  payer: { name: "Bruno", language: "de" },
  talker: { name: "Cleo" },
  late: { name: "Dario", language: "de" },
  returned: { name: "Emma", pays: "sepa_debit" },
  settler: { name: "Frieda", pays: "sepa_debit", language: "de" },
  loyal: { name: "Gil", plan: "business_month_eur" },
  doubter: { name: "Hanna" },
  leaver: { name: "Ivo", language: "de" },
  stayer: { name: "Jana" },
  saver: { name: "Kai" },
} as const satisfies Readonly<Record<string, Newcomer>>;

/** The longest step that time makes at once here: what falls due on the way is done at its end. */
const longestStepS = 2 * 86_400;
const patience = 90_000;

describe("a period that was lived through, rehearsed over its record", () => {
  let stage: Stage;
  let fromS: number;
  let happened: readonly RuleDeed[];
  let simulated: SimulationResult;

  beforeAll(async () => {
    stage = await openStage();
    fromS = stage.nowS;
    await applyRecipes(stage, recipes);
    await live(stage);
    happened = await deedsDone(stage);
    const nowS = stage.nowS;
    simulated = await simulate(
      await loadRules(stage.home.pool),
      { days: Math.ceil((nowS - fromS) / 86_400) },
      {
        pool: stage.home.pool,
        database: { kind: "url", url: stage.home.databaseUrl },
        mapping: presetMapping("stripe"),
        nowS,
        threads: 1,
        samplesMax: 1_000,
      },
    );
  }, patience);

  afterAll(() => stage.close());

  it("had something of every recipe to do", async () => {
    const board = rulesBoard.parse(await (await stage.call("GET", "/api/rules")).json());
    expect([...new Set(happened.map(({ rule }) => rule))].toSorted()).toEqual(acting.toSorted());
    expect(board.rules.map(({ stop }) => stop)).toEqual(board.rules.map(() => null));
    expect(await stage.deadLetters()).toEqual([]);
  });

  it("gives the same deeds, step by step, for the same customers", () => {
    const rehearsed = deedsOf(simulated).filter(({ atS }) => atS >= fromS);
    expect(compareDeeds(rehearsed, happened, longestStepS)).toEqual({ onlySimulated: [], onlyHappened: [] });
    expect(rehearsed).toHaveLength(happened.length);
  });

  it("ends the same runs in the same way, and leaves the same ones open", async () => {
    const rehearsed = simulated.rules.flatMap(({ rule, samples }) =>
      samples
        .filter(({ atS }) => atS >= fromS)
        .map(({ customerId, ended }) => `${rule} ${customerId} ${ended?.how ?? "open"}`),
    );
    expect(rehearsed.toSorted()).toEqual(await endsOf(stage));
  });
});

/** Payments fail and come back, people answer or do not, somebody leaves and somebody stays. */
async function live(stage: Stage): Promise<void> {
  const entries = Object.entries(people).map(
    async ([role, newcomer]) => [role, await stage.newcomer(newcomer)] as const,
  );
  const cast: Readonly<Record<string, Person>> = Object.fromEntries(await Promise.all(entries));
  const who = (role: keyof typeof people): Person => cast[role] ?? stage.person("nobody", "nobody");
  // The first debits have settled.
  await stage.pass({ days: 12 });
  await stage.newcomer({ name: "Lena", pays: "none", trialDays: 8 });
  for (const role of ["silent", "payer", "talker", "late"] as const)
    who(role).stripe.paymentFails("insufficient_funds");
  who("returned").stripe.debitReturns("AM04");
  who("settler").stripe.debitReturns("MS03");
  who("doubter").stripe.disputes("fraudulent");
  who("leaver").stripe.cancelsAtPeriodEnd();
  who("saver").stripe.getsCredit(2_500);
  await stage.settled();
  for (let paid = 1; paid < 4; paid += 1) {
    who("loyal").stripe.renews();
    await stage.settled();
  }
  await stage.pass({ hours: 2 });
  who("talker").replies("My bank is slow, one moment please.");
  who("stayer").stripe.cancelsAtPeriodEnd();
  await stage.settled();
  await stage.pass({ hours: 22 });
  who("payer").stripe.paymentSucceeds();
  who("stayer").stripe.keeps();
  await stage.settled();
  for (let day = 2; day <= 9; day += 1) {
    await stage.pass({ days: 1 });
    const payer = payers.get(day);
    if (payer === undefined) continue;
    who(payer).stripe.paymentSucceeds();
    await stage.settled();
  }
  await stage.pass({ days: 2 });
  await stage.pass({ days: 2 });
}

/** Who pays on which day after all. */
const payers: ReadonlyMap<number, keyof typeof people> = new Map([
  [4, "settler"],
  [6, "talker"],
  [9, "late"],
] as const);

const deedRows = z.array(
  z.object({
    rule: z.string(),
    account: z.string(),
    customerId: z.string(),
    path: z.string(),
    kind: z.string(),
    atS: z.number(),
  }),
);

/** What rules have done outside, as their runs record it. */
async function deedsDone({ home }: Stage): Promise<readonly RuleDeed[]> {
  const { rows } = await home.pool.query(
    `select r.rule, s.account, s.customer_id as "customerId", s.path, s.kind, s.at_s as "atS"
     from rule_steps s join rule_runs r on r.id = s.run_id
     where r.mode = 'live' and s.result = 'done' and s.kind not in ('wait', 'branch', 'stop', 'undo')
     order by s.at_s, r.rule, s.path`,
  );
  return deedRows.parse(rows);
}

const endRows = z.array(z.object({ what: z.string() }));

/** How the runs ended that began for somebody. */
async function endsOf({ home }: Stage): Promise<readonly string[]> {
  const { rows } = await home.pool.query(
    `select rule || ' ' || customer_id || ' ' || coalesce(ended_how, 'open') as what from rule_runs
     where mode = 'live' and arm = 'treated'`,
  );
  return endRows
    .parse(rows)
    .map(({ what }) => what)
    .toSorted();
}
