/**
 * Looks at linked contacts from all sides at once, so that nothing that is being written is taken for a difference.
 *
 * A page of the list is a picture of the past, and writes go on meanwhile. A contact is compared only when its picture
 * and our records belong together: no job of the person is there, and nothing was recorded about the contact since well
 * before the page was asked for. Where that is not so and something seems to differ, the contact is read alone, with our
 * records looked at before and after: if they are the same and no job was there either time, nobody wrote in between.
 */
import { userIdOf } from "../../contacts/identity.ts";
import { listLeadersByContact, type Identified } from "../../contacts/store.ts";
import { customerKeyText, type CustomerKey } from "../../model/customer-key.ts";
import type { Contact } from "../../model/contact.ts";
import { loadPeople, type Person } from "../../pipeline/person.ts";
import { getContact } from "../../intercom/contacts.ts";
import { IntercomContactMerged, IntercomNotFound } from "../../intercom/failure.ts";
import { onceOpen, type Calls } from "../until-open.ts";
import { compareContact, type Comparison, type ContactView } from "./classify.ts";
import { findUnrest, listWrittenValues, type Unrest } from "./contact-rows.ts";
import type { ReconcileParts } from "./parts.ts";
import type { RunInHand } from "./run-in-hand.ts";

/** A linked contact that differs from what it should show or from what we know. */
export type Differing = Identified & { readonly comparison: Comparison };

/** `busy` could not be compared, because they are being written. */
export type Observed = { readonly differing: readonly Differing[]; readonly busy: number };

/** Clocks of nodes differ by less than this. What was recorded later may not be in the page. */
const freshMs = 60_000;
const lookMax = 3;
/** Contacts that are read alone at the same time. */
const atOnce = 8;

type Scene = { readonly parts: ReconcileParts; readonly run: RunInHand; readonly signal: AbortSignal };

/** Reads of Intercom, which wait while it is paused. */
export function callsOf({ parts, signal }: Scene): Calls {
  return { doors: parts, vendor: "intercom", account: parts.contexts.main.account, signal };
}

/** Compares contacts of one page, which was asked for at `askedMs`. */
export async function observePage(
  scene: Scene,
  {
    contacts,
    leaders,
    askedMs,
  }: { readonly contacts: readonly Contact[]; readonly leaders: readonly Identified[]; readonly askedMs: number },
): Promise<Observed> {
  const shown = new Map(contacts.map((contact) => [contact.id, contact]));
  const first = await compareAll(scene, leaders, shown);
  if (first.length === 0) return { differing: [], busy: 0 };
  const unrest = await unrestOf(scene, first);
  const again = await readAgain(scene, first);
  const settle = async (candidate: Differing): Promise<Settled> => {
    if (isBusy(candidate, unrest)) return "busy";
    const isQuiet = isUntouched(candidate, again) && candidate.identity.checkedAtMs < askedMs - freshMs;
    return isQuiet ? candidate : observeAgain(scene, candidate);
  };
  const settled: Settled[] = [];
  for (let from = 0; from < first.length; from += atOnce)
    settled.push(...(await Promise.all(first.slice(from, from + atOnce).map(settle))));
  return {
    differing: settled.filter((one) => one !== null && one !== "busy"),
    busy: settled.filter((one) => one === "busy").length,
  };
}

/** null: it is as it should be, or gone. */
type Settled = Differing | "busy" | null;

/** A contact that has vanished since the page was read is looked for the next time. */
async function observeAgain(scene: Scene, leader: Identified): Promise<Settled> {
  try {
    return await observeAlone(scene, leader);
  } catch (error) {
    if (error instanceof IntercomNotFound || error instanceof IntercomContactMerged) return "busy";
    throw error;
  }
}

/** Reads one contact and compares it. */
async function observeAlone(scene: Scene, { identity }: Identified): Promise<Settled> {
  const { contactId } = identity;
  if (contactId === null) return null;
  for (let look = 1; look <= lookMax; look += 1) {
    const [before] = await leadersOf(scene, [contactId]);
    if (!before) return null;
    const unrestBefore = await unrestOf(scene, [before]);
    if (isBusy(before, unrestBefore)) return "busy";
    const contact = await onceOpen(callsOf(scene), () => {
      scene.run.countCall("intercom");
      return getContact(scene.parts.contexts.main.intercom, contactId, { lane: "backfill" });
    });
    const [candidate] = await compareAll(scene, [before], new Map([[contactId, contact]]));
    if (!candidate) return null;
    if (isBusy(before, await unrestOf(scene, [before]))) return "busy";
    if (isUntouched(before, await readAgain(scene, [before]))) return candidate;
  }
  return "busy";
}

/** Reads contacts that no page has shown, one by one, as `observePage` does it. Throws what the reading throws. */
export async function observeContact(scene: Scene, leader: Identified): Promise<Observed> {
  const settled = await observeAlone(scene, leader);
  if (settled === "busy") return { differing: [], busy: 1 };
  return { differing: settled ? [settled] : [], busy: 0 };
}

/** Leaders of these contacts whose accounts are all connected and who are in this run. */
export async function leadersOf({ parts, run }: Scene, contactIds: readonly string[]): Promise<readonly Identified[]> {
  const accounts = new Set(parts.contexts.all.map(({ account }) => account));
  const found = await listLeadersByContact(parts.contexts.main.pool, contactIds);
  return found.filter(
    ({ customer, identity }) =>
      (run.options.account === null || customer.account === run.options.account) &&
      [customer, ...identity.members].every(({ account }) => accounts.has(account)),
  );
}

/** Those who differ. Our own writes are looked up only for them. */
async function compareAll(
  scene: Scene,
  leaders: readonly Identified[],
  shown: ReadonlyMap<string, Contact>,
): Promise<readonly Differing[]> {
  const { contexts, products } = scene.parts;
  const { pool } = contexts.main;
  const people = await loadPeople(contexts, products, leaders);
  const { stale } = scene.run.options.check ? await unrestOf(scene, leaders) : { stale: new Set<string>() };
  const views = leaders.flatMap((leader) => {
    const contact = shown.get(leader.identity.contactId ?? "");
    const person = people.get(customerKeyText(leader.customer));
    const isStale = customersOf(leader).some((customer) => stale.has(customerKeyText(customer)));
    const view = contact && person && viewOf(scene, { leader, contact, person, isStale });
    return view ? [{ leader, view }] : [];
  });
  const suspicious = views.filter(({ view }) => isNews(view, compareContact(view, [])));
  const writes = await listWrittenValues(
    pool,
    suspicious.map(({ leader }) => leader.customer),
  );
  return suspicious.map(({ leader, view }) => ({
    ...leader,
    comparison: compareContact(view, writes.get(customerKeyText(leader.customer)) ?? []),
  }));
}

function isNews({ known }: ContactView, comparison: Comparison): boolean {
  return comparison.findings.length > 0 || comparison.known !== known;
}

type Side = {
  readonly leader: Identified;
  readonly contact: Contact;
  readonly person: Person;
  readonly isStale: boolean;
};

function viewOf({ parts }: Scene, { leader, contact, person, isStale }: Side): ContactView | null {
  const { known, matchedBy, state } = leader.identity;
  if (state !== "linked" || known === null) return null;
  const { userIdKeys } = parts.contexts.main.policy;
  const userIds = person.customers.map(({ copies }) => userIdOf(copies.customer.facts.metadata, userIdKeys));
  return {
    shown: contact,
    known,
    desired: isStale ? null : person.desired,
    matchedBy,
    userIds: userIds.filter((userId) => userId !== null),
  };
}

function customersOf({ customer, identity }: Identified): readonly CustomerKey[] {
  return [customer, ...identity.members];
}

function unrestOf({ parts, run }: Scene, leaders: readonly Identified[]): Promise<Unrest> {
  return findUnrest(parts.contexts.main.pool, run.id, leaders.flatMap(customersOf));
}

function isBusy(leader: Identified, { busy }: Unrest): boolean {
  return customersOf(leader).some((customer) => busy.has(customerKeyText(customer)));
}

async function readAgain(scene: Scene, leaders: readonly Identified[]): Promise<ReadonlyMap<string, Identified>> {
  const ids = leaders.map(({ identity }) => identity.contactId).filter((id) => id !== null);
  return new Map((await leadersOf(scene, ids)).map((leader) => [customerKeyText(leader.customer), leader]));
}

/** True when nothing was recorded about the contact meanwhile. */
function isUntouched({ customer, identity }: Identified, again: ReadonlyMap<string, Identified>): boolean {
  const now = again.get(customerKeyText(customer))?.identity;
  return now !== undefined && JSON.stringify(now) === JSON.stringify(identity);
}
