/** Runs the company worker alone, against a sandbox, with customers that a test makes up. */
import { companyNoteOf } from "../../src/pipeline/note-company.ts";
import type { CompanyRules } from "../../src/companies/rules.ts";
import { noteCompanies } from "../../src/companies/store.ts";
import { createPool, type Pool } from "../../src/db/pool.ts";
import { transaction } from "../../src/db/transaction.ts";
import { RateBudget } from "../../src/intercom/budget.ts";
import { createIntercomClient } from "../../src/intercom/client.ts";
import type { CustomerKey } from "../../src/model/customer-key.ts";
import type { Lane } from "../../src/model/lane.ts";
import type { ObjectCopy } from "../../src/model/stripe-object.ts";
import { CompanyWorker } from "../../src/pipeline/company-worker.ts";
import { Contexts } from "../../src/pipeline/context.ts";
import { ProductCache } from "../../src/pipeline/load-customer.ts";
import { loadMembers, personOf } from "../../src/pipeline/person.ts";
import { INTERCOM_TOKEN } from "../../sandbox/sandbox.ts";
import { aSyncContext } from "./builders.ts";
import { captureLog, type LogEntry } from "./log-capture.ts";

export type RunningCompanyWorker = {
  readonly worker: CompanyWorker;
  logged(): readonly LogEntry[];
  stop(): Promise<void>;
};

export type CompanyWorkerOptions = {
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
  readonly node: string;
  readonly rules: () => CompanyRules | null;
};

/** Starts a worker with pools and a client of its own, as on a node of its own. */
export function startCompanyWorker(options: CompanyWorkerOptions): RunningCompanyWorker {
  const pool = createPool({ kind: "url", url: options.databaseUrl }, { max: 4 });
  const budget = new RateBudget({});
  const intercom = createIntercomClient({ baseUrl: options.sandboxUrl, token: INTERCOM_TOKEN, budget });
  const { log, entries } = captureLog();
  const worker = new CompanyWorker({
    contexts: new Contexts([aSyncContext({ pool, intercom, log })]),
    products: new ProductCache(),
    worker: options.node,
    budget,
    rules: options.rules,
    onBlocked: async () => worker.setOpen([]),
  });
  worker.start();
  return {
    worker,
    logged: entries,
    stop: async () => {
      await worker.stop();
      await intercom.close();
      await pool.end();
    },
  };
}

/** Stores copies over whatever is there; every time they are another revision. */
export async function storeCopies(pool: Pool, copies: readonly ObjectCopy[], account = "main"): Promise<void> {
  for (const copy of copies)
    await pool.query(
      `insert into stripe_objects as o (account, id, kind, customer_id, as_of_s, rev, origin, deleted, facts)
        values ($7, $1, $2, $3, $4, 1, 'event', $5, $6)
        on conflict (account, id) do update set facts = excluded.facts, deleted = excluded.deleted, rev = o.rev + 1`,
      [copy.id, copy.kind, copy.customerId, copy.asOfS, copy.deleted, JSON.stringify(copy.facts), account],
    );
}

/** Does what the end of a contact's sync does for companies. Answers how many companies are due because of it. */
export async function noteCustomers(
  pool: Pool,
  { rules, customerIds, lane = "urgent" }: { rules: CompanyRules; customerIds: readonly string[]; lane?: Lane },
): Promise<number> {
  const contexts = new Contexts([aSyncContext({ pool })]);
  const products = new ProductCache();
  const keys: readonly CustomerKey[] = customerIds.map((customerId) => ({ account: "main", customerId }));
  const notes = await Promise.all(
    keys.map(async (customer) => {
      const customers = await loadMembers(contexts, products, [customer]);
      return companyNoteOf(rules, { customer, lane, person: personOf(contexts, customers) });
    }),
  );
  return transaction(pool, (tx) =>
    noteCompanies(
      tx,
      notes.filter((one) => one !== null),
      { settleMs: 50 },
    ),
  );
}
