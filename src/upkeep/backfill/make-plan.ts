/** Goes through all customers, page by page, and finds out what would be done with each; nothing is written to Intercom. */
import type { BackfillPlan } from "../../../contract/backfill.ts";
import type { PersonCustomer } from "../../billing/person.ts";
import { countCustomers, listCustomerIds } from "../../billing/store.ts";
import { userIdOf, type Identity, type IdentityInputs } from "../../contacts/identity.ts";
import { diffContact, knownFromContact } from "../../contacts/known.ts";
import { findIdentities, listLeadersByContact } from "../../contacts/store.ts";
import { kindOf } from "../../model/error.ts";
import { customerKeyText, type CustomerKey } from "../../model/customer-key.ts";
import { listCensusContacts } from "../../pipeline/census.ts";
import type { Contexts, SyncContext } from "../../pipeline/context.ts";
import { leftOutHint } from "../../pipeline/left-out.ts";
import { ProductCache } from "../../pipeline/load-customer.ts";
import { completeCustomer, loadCopies, loadMembers, personOf } from "../../pipeline/person.ts";
import { StripeForbidden } from "../../stripe/failure.ts";
import { onceOpen, onceUnblocked, type Calls, type Doors } from "../until-open.ts";
import { contactFinder } from "./contact-finder.ts";
import {
  forgetFindings,
  groupFindings,
  listSharedTargets,
  listSharing,
  saveFindings,
  type CustomerFinding,
} from "./finding-rows.ts";
import { judge, withLeaders, type Finding } from "./judge.ts";
import { planOf, type Pace } from "./plan.ts";
import type { ProgressKeeper } from "./progress.ts";
import { saveRunCursor, type Run } from "./run-rows.ts";

/** Small enough that a page with all its payments fits well into memory. */
const pageSize = 200;
const examplesShown = 3;

export type Planning = {
  readonly context: SyncContext;
  readonly contexts: Contexts;
  readonly run: Run;
  readonly progress: ProgressKeeper;
  readonly signal: AbortSignal;
  readonly doors: Doors | undefined;
  /** Whether the census is complete; else Intercom is asked for each customer without a contact. */
  readonly census: boolean;
  readonly pace: () => Pace;
};

/** Makes the plan; goes on after the last customer that was judged. */
export async function makePlan(planning: Planning): Promise<BackfillPlan> {
  const planner = new Planner(planning);
  await planner.judgeEverybody();
  await planner.settleSharing();
  return planner.conclude();
}

type Candidate = {
  readonly key: CustomerKey;
  readonly identity: Identity | undefined;
  readonly customers: readonly PersonCustomer[];
  readonly inputs: IdentityInputs;
};

class Planner {
  readonly #planning: Planning;
  readonly #products = new ProductCache();

  constructor(planning: Planning) {
    this.#planning = planning;
  }

  async judgeEverybody(): Promise<void> {
    const { context, run, progress, signal } = this.#planning;
    const { pool, account, records } = context;
    const all = await countCustomers(pool, account);
    let done = run.cursor === null ? 0 : (progress.now.planned?.done ?? 0);
    await progress.count("planned", { all, done });
    for (let after = run.cursor ?? ""; ;) {
      signal.throwIfAborted();
      const ids = await listCustomerIds(pool, account, { after, limit: pageSize });
      const last = ids.at(-1);
      if (last === undefined) return;
      await saveFindings(records, run.id, await this.#judgePage(ids));
      await saveRunCursor(records, run.id, last, 0);
      done += ids.length;
      await progress.count("planned", { all: Math.max(all, done), done });
      after = last;
    }
  }

  async #judgePage(ids: readonly string[]): Promise<readonly CustomerFinding[]> {
    const { context, census } = this.#planning;
    const keys = ids.map((customerId) => ({ account: context.account, customerId }));
    const candidates = await this.#candidates(keys);
    const find = await contactFinder(
      context,
      candidates.map(({ inputs }) => inputs),
      { census },
    );
    const found = await Promise.all(
      candidates.map(async ({ identity, inputs }) => {
        if (identity?.state === "linked") return [];
        return census ? find(inputs) : onceOpen(this.#calls("intercom"), () => find(inputs));
      }),
    );
    const contactIds = [...new Set(found.flat().map(({ id }) => id))];
    const leaders = await listLeadersByContact(context.pool, contactIds);
    const takenBy = new Map(leaders.map(({ customer, identity }) => [identity.contactId, customerKeyText(customer)]));
    return candidates.map((candidate, place) => ({
      customerId: candidate.key.customerId,
      finding: this.#judge(candidate, {
        contacts: found[place] ?? [],
        isTaken: (id) => (takenBy.get(id) ?? customerKeyText(candidate.key)) !== customerKeyText(candidate.key),
      }),
    }));
  }

  async #candidates(keys: readonly CustomerKey[]): Promise<readonly Candidate[]> {
    const { context, contexts } = this.#planning;
    const [copies, identities] = await Promise.all([loadCopies(contexts, keys), findIdentities(context.pool, keys)]);
    const candidates = await Promise.all(
      keys.map(async (key): Promise<Candidate | null> => {
        const name = customerKeyText(key);
        const identity = identities.get(name);
        const own = await this.#complete({ ...key, copies: copies.get(name) ?? [] });
        if (!own) return null;
        const members = await onceUnblocked(this.#calls("stripe"), () =>
          loadMembers(contexts, this.#products, identity?.members ?? []),
        );
        const { facts } = own.copies.customer;
        const { userIdKeys, createMode } = context.policy;
        const inputs = { userId: userIdOf(facts.metadata, userIdKeys), email: facts.email, createMode };
        return { key, identity, customers: [own, ...members], inputs };
      }),
    );
    return candidates.filter((candidate) => candidate !== null);
  }

  #calls(vendor: Calls["vendor"]): Calls {
    return { ...this.#planning, vendor, account: this.#planning.context.account };
  }

  /** A payment method that Stripe does not tell at the moment, or at all, must not hold up the others. */
  async #complete(customer: Parameters<typeof completeCustomer>[2]): Promise<PersonCustomer | null> {
    const { contexts } = this.#planning;
    try {
      const complete = (): Promise<PersonCustomer | null> => completeCustomer(contexts, this.#products, customer);
      return await onceUnblocked(this.#calls("stripe"), complete);
    } catch (error) {
      if (kindOf(error) !== "transient" && !(error instanceof StripeForbidden)) throw error;
      this.#planning.context.log.warn(
        { err: error, customerId: customer.customerId },
        "a customer was left out of the plan",
      );
      return null;
    }
  }

  #judge(
    { identity, customers, inputs }: Candidate,
    seen: Pick<Parameters<typeof judge>[0], "contacts" | "isTaken">,
  ): Finding {
    const { context, contexts } = this.#planning;
    const { desired } = personOf(contexts, customers);
    const deleted = customers[0]?.copies.customer.deleted ?? false;
    const { groupMode } = context.policy;
    return judge({ ...seen, identity, inputs, desired, deleted, groupMode, nowMs: context.nowMs() });
  }

  /** Several customers found the same contact: who of them leads, and what the contact of all must show. */
  async settleSharing(): Promise<void> {
    const { context, run, signal } = this.#planning;
    for (let after = ""; ;) {
      const targets = await listSharedTargets(context.records, run.id, { after, limit: pageSize });
      for (const target of targets) {
        signal.throwIfAborted();
        const sharing = await listSharing(context.records, run.id, target);
        const settled = withLeaders(sharing, context.policy.groupMode);
        await saveFindings(context.records, run.id, await this.#withSums(target, settled));
      }
      const last = targets.at(-1);
      if (last === undefined) return;
      after = last;
    }
  }

  /** The leader writes the sums of all who follow, which may differ from its own. */
  async #withSums(target: string, sharing: readonly CustomerFinding[]): Promise<readonly CustomerFinding[]> {
    const { context, contexts, census } = this.#planning;
    const [leader, ...others] = sharing;
    const contact = census ? (await listCensusContacts(context.pool, [target]))[0] : undefined;
    const grouped = others.filter(({ finding }) => finding.outcome === "grouped");
    if (!leader || !contact || grouped.length === 0) return sharing;
    const keys = [leader, ...grouped].map(({ customerId }) => ({ account: context.account, customerId }));
    const customers = await onceUnblocked(this.#calls("stripe"), () => loadMembers(contexts, this.#products, keys));
    const { desired } = personOf(contexts, customers);
    const writes = diffContact(knownFromContact(contact, desired), desired) !== null;
    return [{ ...leader, finding: { ...leader.finding, writes } }, ...others];
  }

  async conclude(): Promise<BackfillPlan> {
    const { context, run, pace } = this.#planning;
    const groups = await groupFindings(context.records, run.id, examplesShown);
    const plan = planOf({ groups, nowMs: context.nowMs(), pace: pace(), hintOf: leftOutHint });
    await forgetFindings(context.records, run.id);
    return plan;
  }
}
