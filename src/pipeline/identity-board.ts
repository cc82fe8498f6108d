/** The board of customers without a contact: who could be meant, and what a person decides. */
import type { IdentityDecision, IdentityEntry, IdentityPage } from "../../contract/identity.ts";
import { listCustomerLabels } from "../billing/store.ts";
import type { Decision, IdentityState } from "../contacts/identity.ts";
import { decideIdentity, listIdentities, type Identified } from "../contacts/store.ts";
import type { Pool } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import { queuePeople } from "../queue/sync-jobs.ts";
import { CustomerUnknown } from "./explain-subject.ts";
import { identityText } from "./left-out.ts";

export type IdentityBoard = {
  readonly pool: Pool;
  /** The address of a contact in Intercom's own pages. */
  readonly contactUrl: (contactId: string) => string | null;
};

const waitingForAPerson: readonly IdentityState[] = ["quarantined", "archived", "gone"];
const allStates: readonly IdentityState[] = ["linked", "left_out", "quarantined", "archived", "gone", "ignored"];

export type BoardQuestion = {
  /** Undefined: everybody who waits for a person. */
  readonly state?: IdentityState | "all" | undefined;
  readonly limit: number;
  /** `customerKeyText` of the last entry of the page before. */
  readonly after?: string | undefined;
};

/** A page of customers with what a person needs to decide. */
export async function readIdentityBoard(board: IdentityBoard, question: BoardQuestion): Promise<IdentityPage> {
  const { state, limit, after } = question;
  const states = state === undefined ? waitingForAPerson : state === "all" ? allStates : [state];
  const found = await listIdentities(board.pool, { states, after: keyOf(after), limit });
  const labels = await labelsOf(board.pool, found);
  const last = found.length === limit ? found.at(-1) : undefined;
  return {
    entries: found.map((one) => toEntry(one, labels.get(customerKeyText(one.customer)) ?? null, board)),
    next: last ? customerKeyText(last.customer) : null,
  };
}

function keyOf(text: string | undefined): CustomerKey | null {
  const [account, customerId] = text?.split(" ") ?? [];
  return account === undefined || customerId === undefined ? null : { account, customerId };
}

async function labelsOf(pool: Pool, found: readonly Identified[]): Promise<ReadonlyMap<string, string>> {
  const accounts = [...new Set(found.map(({ customer }) => customer.account))];
  const labelled = await Promise.all(
    accounts.map(async (account) => {
      const ids = found
        .filter(({ customer }) => customer.account === account)
        .map(({ customer }) => customer.customerId);
      const labels = await listCustomerLabels(pool, account, ids);
      return [...labels].map(([customerId, label]) => [customerKeyText({ account, customerId }), label] as const);
    }),
  );
  return new Map(labelled.flat());
}

function toEntry({ customer, identity }: Identified, label: string | null, board: IdentityBoard): IdentityEntry {
  const { state, reason, contactId, matchedBy, leader, proposals, decision } = identity;
  return {
    ...customer,
    label,
    state,
    reason,
    hint: identityText(identity),
    contactId,
    matchedBy,
    leader,
    proposals: proposals.map((proposal) => ({ ...proposal, url: board.contactUrl(proposal.contactId) })),
    decision: decision?.kind ?? null,
  };
}

/**
 * Records what a person decided and has it carried out; a decision outranks every rule until it is taken back. Throws
 * CustomerUnknown for who was never looked up.
 */
export async function decideOnBoard(
  { pool }: IdentityBoard,
  customer: CustomerKey,
  decided: IdentityDecision,
): Promise<void> {
  await transaction(pool, async (tx) => {
    if (!(await decideIdentity(tx, customer, toDecision(decided)))) throw new CustomerUnknown(customer.customerId);
    await queuePeople(tx, { customers: [customer], lane: "urgent" });
  });
}

function toDecision(decided: IdentityDecision): Decision | null {
  switch (decided.decision) {
    case "link":
      return { kind: "link", contactId: decided.contactId };
    case "ignore":
      return { kind: "ignore" };
    case "none":
      return null;
  }
}
