/** Brings a company and its contacts together, and lets go of those that have left it. */
import { saveLinks, type CompanyWrite } from "../companies/store.ts";
import type { Pool } from "../db/pool.ts";
import type { IntercomClient } from "../intercom/client.ts";
import { attachCompany, detachCompany, isAttached } from "../intercom/companies.ts";
import type { CallOptions } from "../intercom/contacts.ts";
import { IntercomContactMerged, IntercomNotFound, IntercomRejected } from "../intercom/failure.ts";
import type { CompanyLink } from "../model/company.ts";

/** The company is not there any more; what is to be done about it is decided by who knows it. */
export class CompanyMissing extends Error {
  constructor(cause: unknown) {
    super("The company was deleted in Intercom while contacts were attached to it.", { cause });
  }
}

export type Linking = {
  readonly intercom: IntercomClient;
  readonly pool: Pool;
  /** Ours of the company. */
  readonly key: string;
  /** Intercom's id of it. */
  readonly companyId: string;
  readonly call: CallOptions;
  readonly known: readonly CompanyLink[];
  /** Contacts whose links are forgotten, since they were to another company. */
  readonly stale: readonly string[];
};

/** What is to be recorded of links: those that are made, those that are no more. */
export type LinkChanges = {
  readonly made: readonly CompanyLink[];
  readonly gone: readonly string[];
  readonly writes: readonly CompanyWrite[];
};

/**
 * Attaches who belongs to the company and is not known to be attached; detaches whom we attached and who does not belong to
 * it any more. Links that others made are left alone, and so is a link of ours that people have removed. Throws
 * CompanyMissing.
 */
export async function attachContacts(linking: Linking, contactIds: readonly string[]): Promise<LinkChanges> {
  const { known, stale } = linking;
  const wanted = new Set(contactIds);
  const settled = new Set(known.filter(({ state }) => state !== "attaching").map(({ contactId }) => contactId));
  const made: CompanyLink[] = [];
  const writes: CompanyWrite[] = [];
  for (const contactId of contactIds.filter((id) => !settled.has(id))) {
    const link = await attach(linking, { contactId, before: made.at(-1), writes });
    if (link) made.push(link);
  }
  const leaving = known.filter(({ contactId }) => !wanted.has(contactId));
  for (const { contactId, state } of leaving) {
    if (state !== "ours" && state !== "attaching") continue;
    const survivorId = await detach(linking, contactId, writes);
    if (survivorId !== null) await inherit({ linking, wanted, made, writes }, survivorId);
  }
  const kept = new Set(made.map(({ contactId }) => contactId));
  const gone = [...leaving.map(({ contactId }) => contactId), ...stale].filter((id) => !kept.has(id));
  return { made, gone, writes };
}

type Attaching = {
  readonly contactId: string;
  /** The link made before it, which is on record from now on, so that a failure in a long row repeats only the last one. */
  readonly before: CompanyLink | undefined;
  readonly writes: CompanyWrite[];
};

/** Null when the contact cannot have it at present: archived, deleted or merged, which its own sync finds out. */
async function attach(
  { intercom, pool, key, companyId, call, known }: Linking,
  { contactId, before, writes }: Attaching,
): Promise<CompanyLink | null> {
  const attachment = { contactId, companyId };
  try {
    // Should we have died between the call and the record, it must not pass for somebody else's link.
    const isOurs = known.some((link) => link.contactId === contactId && link.state === "attaching");
    if (!isOurs && (await isAttached(intercom, attachment, { lane: call.lane }))) return { contactId, state: "found" };
    await call.guard?.();
    await saveLinks(pool, key, [...(before ? [before] : []), { contactId, state: "attaching" }]);
    const requestId = await attachCompany(intercom, attachment, call);
    writes.push({ kind: "attach", changes: JSON.stringify([["contact", null, contactId]]), requestId });
    return { contactId, state: "ours" };
  } catch (error) {
    if (isCompanyMissing(error)) throw new CompanyMissing(error);
    if (error instanceof IntercomNotFound || error instanceof IntercomContactMerged) return null;
    if (error instanceof IntercomRejected && error.vendorCode === "contact_company_limit_exceeded")
      return { contactId, state: "refused" };
    throw error;
  }
}

/** Null when there is no link any more; else the contact that this one was merged into, which may have taken the link along. */
async function detach(
  { intercom, companyId, call }: Linking,
  contactId: string,
  writes: CompanyWrite[],
): Promise<string | null> {
  try {
    const requestId = await detachCompany(intercom, { contactId, companyId }, call);
    writes.push({ kind: "detach", changes: JSON.stringify([["contact", contactId, null]]), requestId });
  } catch (error) {
    if (error instanceof IntercomContactMerged) return error.canonicalContactId;
    // Without contact or company there is no link either.
    if (!(error instanceof IntercomNotFound)) throw error;
  }
  return null;
}

type Inheriting = {
  readonly linking: Linking;
  readonly wanted: ReadonlySet<string>;
  readonly made: CompanyLink[];
  readonly writes: CompanyWrite[];
};

/** A link of ours that went over to another contact in a merge is still ours, and not one that was there before we came. */
async function inherit({ linking, wanted, made, writes }: Inheriting, survivorId: string): Promise<void> {
  const at = made.findIndex(({ contactId, state }) => contactId === survivorId && state === "found");
  if (at >= 0) made[at] = { contactId: survivorId, state: "ours" };
  else if (!wanted.has(survivorId) && !linking.known.some(({ contactId }) => contactId === survivorId))
    await detach(linking, survivorId, writes);
}

function isCompanyMissing(error: unknown): boolean {
  return error instanceof IntercomNotFound && error.vendorCode === "company_not_found";
}
