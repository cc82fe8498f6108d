/** Companies as people see them, and what they can have done about one. */
import type { CompanyDetails, CompanyEntry, CompanyPage, CompanyQuery } from "../../contract/companies.ts";
import {
  doubtCompany,
  findCompany,
  listCompanies,
  listCompanyWrites,
  listLinks,
  listMembers,
  type CompanyRecord,
  type KeptCompanyWrite,
} from "../companies/store.ts";
import type { Pool } from "../db/pool.ts";
import { transaction } from "../db/transaction.ts";
import { parseStored } from "../lib/json.ts";
import type { AttributeValue } from "../model/contact.ts";
import { AppError } from "../model/error.ts";
import { queueCompanies } from "../queue/company-jobs.ts";

export type CompanyBoard = {
  readonly pool: Pool;
  /** The company in Intercom's own pages. */
  readonly companyUrl: (intercomId: string) => string | null;
};

/** No customer counts to this company. */
export class CompanyUnknown extends AppError {
  readonly code = "COMPANY_UNKNOWN";
  readonly kind = "missing";
  constructor(key: string) {
    super(`There is no company “${key}”. See those that there are: dunlin companies list`);
  }
}

const membersShown = 500;
const writesShown = 20;

/** A page of companies, in the order of their keys. */
export async function readCompanies(board: CompanyBoard, { state, after, limit }: CompanyQuery): Promise<CompanyPage> {
  const found = await listCompanies(board.pool, { show: state, after, limit: limit + 1 });
  const page = found.slice(0, limit);
  return {
    companies: page.map((record) => entryOf(board, record)),
    next: found.length > limit ? (page.at(-1)?.key ?? null) : null,
  };
}

/** One company with its customers, contacts and latest writes. Throws CompanyUnknown. */
export async function readCompany(board: CompanyBoard, key: string): Promise<CompanyDetails> {
  const { pool } = board;
  const [record, members, links, writes] = await Promise.all([
    findCompany(pool, key),
    listMembers(pool, key, membersShown),
    listLinks(pool, key),
    listCompanyWrites(pool, key, writesShown),
  ]);
  if (!record) throw new CompanyUnknown(key);
  return {
    ...entryOf(board, record),
    attributes: { ...record.known?.custom },
    unknowns: record.unknowns.map(([field, reason]) => ({ field, reason })),
    members: members.map(({ customer, contactId }) => ({ ...customer, contactId })),
    links: [...links],
    writes: writes.map(viewOfWrite),
  };
}

/**
 * Looks at a company anew: it is read from Intercom and put right, and made again should it have been deleted there. Throws
 * CompanyUnknown.
 */
export async function renewCompany({ pool }: Pick<CompanyBoard, "pool">, key: string): Promise<void> {
  await transaction(pool, async (tx) => {
    if (!(await doubtCompany(tx, key))) throw new CompanyUnknown(key);
    await queueCompanies(tx, { keys: [key], lane: "urgent" });
  });
}

function entryOf({ companyUrl }: CompanyBoard, record: CompanyRecord): CompanyEntry {
  const { key, state, intercomId, known, isDue, isDead, error, memberCount, contactCount, writtenAt } = record;
  return {
    key,
    state,
    intercomId,
    url: intercomId !== null && state === "shown" ? companyUrl(intercomId) : null,
    ...shownOf(known),
    customers: memberCount,
    contacts: contactCount,
    isDue,
    isDead,
    error,
    writtenAt: writtenAt?.toISOString() ?? null,
  };
}

function shownOf(known: CompanyRecord["known"]): Pick<CompanyEntry, "name" | "plan" | "monthlySpend"> {
  if (known === null) return { name: null, plan: null, monthlySpend: null };
  const { name, plan, monthlySpend } = known;
  return { name: name.shown, plan: plan.shown, monthlySpend: monthlySpend.isOurs ? monthlySpend.shown : null };
}

type StoredChanges = readonly (readonly [string, AttributeValue, AttributeValue])[];

function viewOfWrite({ kind, changes, requestId, at }: KeptCompanyWrite): CompanyDetails["writes"][number] {
  const stored: StoredChanges = parseStored(changes);
  return {
    kind,
    changes: stored.map(([field, before, after]) => ({ field, before, after })),
    requestId,
    at: at.toISOString(),
  };
}
