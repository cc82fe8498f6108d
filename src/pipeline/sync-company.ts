/**
 * Makes one company show what billing says of all its customers, and attaches their contacts.
 *
 * | state of the company | what happens |
 * | --- | --- |
 * | waiting | nothing, until a customer of it has a contact: Intercom shows no company without people |
 * | shown | the difference is written, contacts come and go |
 * | gone | nothing: whoever deleted it in Intercom meant it; a person can have it made again |
 *
 * The worker holds the company's lease. It reads the copies of all customers after it has claimed the company, and whoever
 * changes later raises the company's version, so that the sums are never older than the last look.
 */
import { buildPerson } from "../billing/person.ts";
import { desiredCompany, type DesiredCompany, type Membership } from "../companies/desired.ts";
import {
  describeCompanyPatch,
  diffCompany,
  knownAfter,
  knownAfterReading,
  knownBeforeSending,
  nothingKnown,
  type KnownCompany,
} from "../companies/known.ts";
import type { CompanyRules } from "../companies/rules.ts";
import {
  findCompany,
  listLinks,
  listMembers,
  saveKnownCompany,
  type CompanyMember,
  type CompanyOutcome,
  type CompanyRecord,
  type CompanyWrite,
} from "../companies/store.ts";
import { CompanyTooLarge, membersMax } from "../companies/too-large.ts";
import {
  findCompanyByOwnId,
  getCompany,
  updateCompany,
  upsertCompany,
  type CompanyWritten,
} from "../intercom/companies.ts";
import type { CallOptions } from "../intercom/contacts.ts";
import { IntercomNotFound, IntercomRejected } from "../intercom/failure.ts";
import { crashPoint } from "../lib/crash-point.ts";
import type { Company, CompanyLink, CompanyPatch } from "../model/company.ts";
import { attachContacts, CompanyMissing, type LinkChanges } from "./attach-contacts.ts";
import type { Contexts } from "./context.ts";
import type { ProductCache } from "./load-customer.ts";
import { loadMembers, personOptions } from "./person.ts";

export type CompanyToSync = {
  readonly key: string;
  /** Something may have been written that is not on record. */
  readonly wasHeld: boolean;
  readonly rules: CompanyRules;
  /** The guard is passed right before anything is written. */
  readonly call: CallOptions;
};

/** What a sync leaves to be recorded, in one transaction with the end of the job. */
export type CompanySynced = {
  readonly outcome: CompanyOutcome;
  readonly writes: readonly CompanyWrite[];
  readonly links: LinkChanges;
};

const noLinks: LinkChanges = { made: [], gone: [], writes: [] };

/** Syncs one company. Throws what Intercom refuses; undefined when there is no such company. */
export async function syncCompany(parts: CompanyParts, subject: CompanyToSync): Promise<CompanySynced | undefined> {
  const { pool } = parts.contexts.main;
  const record = await findCompany(pool, subject.key);
  if (!record) return undefined;
  const [members, links] = await Promise.all([
    listMembers(pool, subject.key, membersMax + 1),
    listLinks(pool, subject.key),
  ]);
  if (members.length > membersMax) throw new CompanyTooLarge(subject.key);
  return new CompanySync(parts, subject, { record, members, links }).run();
}

export type CompanyParts = { readonly contexts: Contexts; readonly products: ProductCache };

type Loaded = {
  readonly record: CompanyRecord;
  readonly members: readonly CompanyMember[];
  readonly links: readonly CompanyLink[];
};

/** The company in Intercom, and what is known of it. */
type Place = {
  readonly id: string;
  readonly known: KnownCompany;
  /** It was read or made a moment ago. */
  readonly isFresh: boolean;
};

type Change = {
  readonly kind: "create" | "update";
  readonly known: KnownCompany;
  readonly patch: CompanyPatch;
};

class CompanySync {
  readonly #parts: CompanyParts;
  readonly #subject: CompanyToSync;
  readonly #loaded: Loaded;
  readonly #writes: CompanyWrite[] = [];

  constructor(parts: CompanyParts, subject: CompanyToSync, loaded: Loaded) {
    this.#parts = parts;
    this.#subject = subject;
    this.#loaded = loaded;
  }

  async run(): Promise<CompanySynced> {
    const { record, members } = this.#loaded;
    const { rules, key } = this.#subject;
    const membership = await this.#membership();
    const isUnreadable = membership === null && members.length > 0;
    if (record.state === "gone" || isUnreadable) return this.#untouched();
    const desired = desiredCompany(rules, key, membership);
    const contactIds = [...new Set(members.flatMap(({ contactId }) => contactId ?? []))].toSorted();
    if (record.intercomId === null && contactIds.length === 0) return this.#withoutContacts(desired);
    const place = await this.#shown(desired);
    return place ? this.#attached(place, contactIds, desired) : this.#gone(desired);
  }

  /**
   * A company that Intercom was never told of waits for a contact. One that a node may have made before it died, without a record
   * of it, is looked for and put right.
   */
  async #withoutContacts(desired: DesiredCompany): Promise<CompanySynced> {
    const { record, links } = this.#loaded;
    const { unknowns } = desired;
    if (record.known === null && links.length === 0) return this.#untouched(unknowns);
    const found = await this.#findAgain(desired, record.known ?? nothingKnown);
    if (found) return this.#attached(await this.#update(found, desired), [], desired);
    const gone = links.map(({ contactId }) => contactId);
    return this.#end(
      { state: "waiting", intercomId: null, known: null, doubted: false, unknowns },
      { ...noLinks, gone },
    );
  }

  async #attached(place: Place, contactIds: readonly string[], desired: DesiredCompany): Promise<CompanySynced> {
    const { id: intercomId, known } = place;
    try {
      const links = await attachContacts(this.#linking(intercomId), contactIds);
      return this.#end({ state: "shown", intercomId, known, doubted: false, unknowns: desired.unknowns }, links);
    } catch (error) {
      if (error instanceof CompanyMissing) return this.#gone(desired);
      throw error;
    }
  }

  /** Null when no customer could be read, or there is none. */
  async #membership(): Promise<Membership | null> {
    const { contexts, products } = this.#parts;
    const keys = this.#loaded.members.map(({ customer }) => customer);
    const customers = await loadMembers(contexts, products, keys);
    if (customers.length === 0) return null;
    const { mapping, reporting } = contexts.main;
    const { profile } = buildPerson(customers, personOptions(mapping(), reporting));
    return {
      profile,
      customers: customers.map(({ copies: { customer } }) => ({
        customerId: customer.id,
        createdS: customer.facts.createdS,
        deleted: customer.deleted,
        name: customer.facts.name,
        metadata: customer.facts.metadata,
      })),
    };
  }

  /** The company as it should be; null when it was deleted in Intercom. */
  async #shown(desired: DesiredCompany): Promise<Place | null> {
    const place = await this.#find(desired);
    if (place === "none") return this.#create(desired);
    if (place === "deleted") return null;
    try {
      return await this.#update(place, desired);
    } catch (error) {
      if (!(error instanceof IntercomNotFound)) throw error;
      const again = await this.#findAgain(desired);
      return again && this.#update(again, desired);
    }
  }

  async #find(desired: DesiredCompany): Promise<Place | "none" | "deleted"> {
    const { record } = this.#loaded;
    const known = record.known ?? nothingKnown;
    if (record.intercomId === null) return (await this.#findAgain(desired, known)) ?? "none";
    if (!record.doubted && !this.#subject.wasHeld) return { id: record.intercomId, known, isFresh: false };
    return (await this.#read(record.intercomId, known, desired)) ?? (await this.#findAgain(desired)) ?? "deleted";
  }

  /** The business's own application may have made a deleted company again: under the same key, with another id. */
  async #findAgain(desired: DesiredCompany, known = nothingKnown): Promise<Place | null> {
    const { key, call } = this.#subject;
    const found = await findCompanyByOwnId(this.#parts.contexts.main.intercom, key, { lane: call.lane });
    return found && placeOf(found, known, desired);
  }

  async #read(id: string, known: KnownCompany, desired: DesiredCompany): Promise<Place | null> {
    const { lane } = this.#subject.call;
    try {
      return placeOf(await getCompany(this.#parts.contexts.main.intercom, id, { lane }), known, desired);
    } catch (error) {
      if (error instanceof IntercomNotFound) return null;
      throw error;
    }
  }

  async #create(desired: DesiredCompany): Promise<Place> {
    const { key, call } = this.#subject;
    const patch = diffCompany(nothingKnown, desired) ?? {};
    await this.#noteSending(nothingKnown, patch);
    const { intercom } = this.#parts.contexts.main;
    const written = await this.#write({ kind: "create", known: nothingKnown, patch }, () =>
      upsertCompany(intercom, { companyId: key, patch }, call),
    );
    return { id: written.id, known: knownAfter(nothingKnown, patch, written), isFresh: true };
  }

  async #update(place: Place, desired: DesiredCompany): Promise<Place> {
    const patch = diffCompany(place.known, desired);
    if (!patch) return place;
    const { intercom } = this.#parts.contexts.main;
    // The name may have been changed by people: it is looked at before it is changed, which is rare.
    if (patch.name !== undefined && !place.isFresh) {
      const read = await getCompany(intercom, place.id, { lane: this.#subject.call.lane });
      return this.#update(placeOf(read, place.known, desired), desired);
    }
    await this.#noteSending(place.known, patch);
    const written = await this.#write({ kind: "update", known: place.known, patch }, () =>
      updateCompany(intercom, { id: place.id, patch }, this.#subject.call),
    );
    return { id: place.id, known: knownAfter(place.known, patch, written), isFresh: true };
  }

  async #noteSending(known: KnownCompany, patch: CompanyPatch): Promise<void> {
    const noted = knownBeforeSending(known, patch);
    if (!noted) return;
    await this.#subject.call.guard?.();
    await saveKnownCompany(this.#parts.contexts.main.pool, this.#subject.key, noted);
  }

  /** An attribute that somebody archived is made again once. */
  async #write({ kind, known, patch }: Change, send: () => Promise<CompanyWritten>): Promise<Company> {
    const sent = await send().catch(async (error: unknown) => {
      if (!(error instanceof IntercomRejected) || error.unknownAttribute === null) throw error;
      await this.#parts.contexts.main.provision();
      return send();
    });
    await crashPoint("after-company-before-record");
    const changes = JSON.stringify(describeCompanyPatch(known, patch));
    this.#writes.push({ kind, changes, requestId: sent.requestId });
    return sent.company;
  }

  /** Links to a company that is another one by now say nothing. */
  #linking(companyId: string): Parameters<typeof attachContacts>[0] {
    const { record, links } = this.#loaded;
    const { key, call } = this.#subject;
    const { intercom, pool } = this.#parts.contexts.main;
    const isSame = record.intercomId === null || record.intercomId === companyId;
    const stale = isSame ? [] : links.map(({ contactId }) => contactId);
    return { intercom, pool, key, companyId, call, known: isSame ? links : [], stale };
  }

  /** Nothing was asked of Intercom. */
  #untouched(unknowns = this.#loaded.record.unknowns): CompanySynced {
    const { state, intercomId, known, doubted } = this.#loaded.record;
    return this.#end({ state, intercomId, known, doubted: doubted || this.#subject.wasHeld, unknowns }, noLinks);
  }

  #gone({ unknowns }: DesiredCompany): CompanySynced {
    const { record, links } = this.#loaded;
    const { intercomId, known } = record;
    const gone = links.map(({ contactId }) => contactId);
    return this.#end({ state: "gone", intercomId, known, doubted: false, unknowns }, { ...noLinks, gone });
  }

  #end(outcome: CompanyOutcome, links: LinkChanges): CompanySynced {
    return { outcome, writes: [...this.#writes, ...links.writes], links };
  }
}

function placeOf(found: Company, known: KnownCompany, desired: DesiredCompany): Place {
  return { id: found.id, known: knownAfterReading(known, found, desired), isFresh: true };
}
