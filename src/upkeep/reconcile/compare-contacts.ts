/** Intercom's side: pages through all contacts of the workspace, and reads those that it should have shown. */
import { listLeadersByContact, forgetLookups, markForReading, type Identified } from "../../contacts/store.ts";
import { normaliseEmail } from "../../contacts/email.ts";
import { listContacts, type ContactPage } from "../../intercom/contacts.ts";
import { IntercomContactMerged, IntercomNotFound, IntercomRejected } from "../../intercom/failure.ts";
import type { Tx } from "../../db/pool.ts";
import type { Contact } from "../../model/contact.ts";
import type { CustomerKey } from "../../model/customer-key.ts";
import { takeMerge } from "../../pipeline/receive-signal.ts";
import { queuePeople } from "../../queue/sync-jobs.ts";
import { judgeAppeared } from "./classify.ts";
import { listWaiting, saveShown } from "./contact-rows.ts";
import { saveDrifts } from "./drift-rows.ts";
import type { Drift } from "./drift.ts";
import { addMarks, areMarksComplete, clearMarks, contactScope, listUnlistedContacts } from "./marks.ts";
import { callsOf, leadersOf, observeContact, observePage, type Differing } from "./observe.ts";
import { onceUnblocked, untilOpen } from "../until-open.ts";
import type { ReconcileParts } from "./parts.ts";
import type { RunInHand } from "./run-in-hand.ts";
import type { RunProgress } from "./runs.ts";

type Scene = { readonly parts: ReconcileParts; readonly run: RunInHand; readonly signal: AbortSignal };

/** Compares all contacts, page by page; each page is all or nothing. Goes on where a crash broke it off. */
export async function compareContacts(scene: Scene): Promise<void> {
  const { parts, run, signal } = scene;
  const { pool, nowMs } = parts.contexts.main;
  if (run.progress.contactsFromMs === null) {
    await clearMarks(pool, contactScope);
    await run.advance(pool, { contactsFromMs: nowMs() });
  }
  // Broken off right after the last page.
  const isThrough = run.progress.contacts > 0 && run.progress.contactsCursor === null;
  for (let more = !isThrough; more;) {
    await untilOpen(parts, ({ intercom }) => intercom, signal);
    const askedMs = nowMs();
    const page = await onceUnblocked(callsOf(scene), () => readPageOrFirst(scene));
    await comparePage(scene, page, askedMs);
    more = page.cursor !== null;
  }
}

async function readPageOrFirst({ parts, run }: Scene): Promise<ContactPage> {
  const { intercom } = parts.contexts.main;
  const { contactsCursor: cursor } = run.progress;
  run.countCall("intercom");
  try {
    return await listContacts(intercom, { cursor }, { lane: "backfill" });
  } catch (error) {
    // How long a cursor lives is not documented; one that came out of a crash may be refused.
    if (!(error instanceof IntercomRejected) || cursor === null) throw error;
    run.countCall("intercom");
    return listContacts(intercom, { cursor: null }, { lane: "backfill" });
  }
}

async function comparePage(scene: Scene, page: ContactPage, askedMs: number): Promise<void> {
  const { run, parts } = scene;
  const ids = page.contacts.map(({ id }) => id);
  const leaders = await leadersOf(scene, ids);
  const { differing, busy } = await observePage(scene, { contacts: page.contacts, leaders, askedMs });
  const appeared = await findAppeared(scene, page.contacts);
  await run.step(parts.contexts.main.pool, async (tx) => {
    const lost = await repair(tx, scene, differing);
    await takeUp(tx, scene, appeared);
    const linked = leaders.map(({ identity }) => identity.contactId).filter((id) => id !== null);
    const added = await addMarks(tx, contactScope, linked);
    return {
      contacts: run.progress.contacts + page.contacts.length,
      contactsTotal: page.total,
      contactsCursor: page.cursor,
      marked: run.progress.marked + added,
      busy: run.progress.busy + busy + lost,
    };
  });
  if (differing.length + appeared.length > 0) parts.onQueued();
}

/** Notes what is shown, records the drifts and queues who must be written. Answers how many changed under our hands. */
async function repair(tx: Tx, { run }: Scene, differing: readonly Differing[]): Promise<number> {
  const drifts: Drift[] = [];
  const due: CustomerKey[] = [];
  let lost = 0;
  for (const { customer, identity, comparison } of differing) {
    const { known, findings } = comparison;
    const isNew = known !== identity.known;
    if (!run.options.check && isNew && !(await saveShown(tx, { customer, identity, known }))) {
      lost += 1;
      continue;
    }
    drifts.push(...findings.map((finding) => driftOf(run, { ...finding, customer, contactId: identity.contactId })));
    if (findings.some(({ done }) => done === "rewritten")) due.push(customer);
  }
  await saveDrifts(tx, run.id, drifts);
  if (!run.options.check) await queuePeople(tx, { customers: due, lane: "backfill" });
  return lost;
}

type DriftParts = Pick<Drift, "class" | "differences" | "done" | "contactId"> & { readonly customer: CustomerKey };

function driftOf({ options }: RunInHand, { customer, ...parts }: DriftParts): Drift {
  const { account, customerId } = customer;
  return { ...parts, account, customerId, objectId: null, done: options.check ? "reported" : parts.done };
}

type Appeared = { readonly customer: CustomerKey; readonly drift: Drift };

/** Customers without a contact for whom this page has one. */
async function findAppeared({ parts, run }: Scene, contacts: readonly Contact[]): Promise<readonly Appeared[]> {
  const emails = contacts.map(({ email }) => normaliseEmail(email)).filter((email) => email !== null);
  const userIds = contacts.map(({ externalId }) => externalId).filter((id) => id !== null);
  const contactIds = contacts.map(({ id }) => id);
  const waiting = await listWaiting(parts.contexts.main.pool, { userIds, emails, contactIds });
  return waiting.flatMap(({ customer, ...rest }) => {
    if (run.options.account !== null && customer.account !== run.options.account) return [];
    const contact = contacts.find((candidate) => judgeAppeared(candidate, rest) !== null);
    if (!contact) return [];
    const isBack = judgeAppeared(contact, rest) === "returned";
    const drift = driftOf(run, {
      class: isBack ? "archived" : "identity",
      differences: [["contact", contact.id, isBack ? "archived" : null]],
      done: "followed",
      contactId: contact.id,
      customer,
    });
    return [{ customer, drift }];
  });
}

/** They are looked up again by the ordinary way, which decides. */
async function takeUp(tx: Tx, { run }: Scene, appeared: readonly Appeared[]): Promise<void> {
  await saveDrifts(
    tx,
    run.id,
    appeared.map(({ drift }) => drift),
  );
  if (run.options.check || appeared.length === 0) return;
  const customers = appeared.map(({ customer }) => customer);
  await forgetLookups(tx, customers);
  await queuePeople(tx, { customers, lane: "backfill" });
}

const unlistedPage = 200;
/** A list that leaves out more than this is not to be believed, nor is it worth the calls. */
export const unlistedMax = 2_000;

/** Linked contacts that no page has shown are read one by one. */
export async function compareUnlisted(scene: Scene): Promise<void> {
  const { parts, run, signal } = scene;
  const { pool } = parts.contexts.main;
  if (!(await areMarksComplete(pool, contactScope, run.progress.marked))) {
    // The marks did not outlive a crash of the database; without them every contact would seem to be missing.
    const anew: Partial<RunProgress> = {
      phase: "contacts",
      contacts: 0,
      contactsCursor: null,
      contactsFromMs: null,
      marked: 0,
    };
    await run.advance(pool, anew);
    await compareContacts(scene);
  }
  const { account } = run.options;
  const beforeMs = run.progress.contactsFromMs ?? 0;
  let read = 0;
  for (let after = ""; ;) {
    const ids = await listUnlistedContacts(pool, { after, beforeMs, account, limit: unlistedPage });
    for (const id of ids) {
      await untilOpen(parts, ({ intercom }) => intercom, signal);
      if (read >= unlistedMax) return;
      read += 1;
      await readUnlisted(scene, id);
    }
    const last = ids.at(-1);
    if (last === undefined) break;
    after = last;
  }
  await clearMarks(pool, contactScope);
}

async function readUnlisted(scene: Scene, contactId: string): Promise<void> {
  const { parts, run } = scene;
  const { pool } = parts.contexts.main;
  const [leader] = await leadersOf(scene, [contactId]);
  if (!leader) return;
  try {
    const { differing, busy } = await observeContact(scene, leader);
    await run.step(pool, async (tx) => {
      const lost = await repair(tx, scene, differing);
      return { busy: run.progress.busy + busy + lost };
    });
  } catch (error) {
    if (error instanceof IntercomContactMerged) await follow(scene, leader, error.canonicalContactId);
    else if (error instanceof IntercomNotFound) await follow(scene, leader, null);
    else throw error;
  }
  parts.onQueued();
}

/** Intercom answers the same for archived and deleted contacts; a merged one names the survivor. */
async function follow({ parts, run }: Scene, leader: Identified, survivorId: string | null): Promise<void> {
  const { pool } = parts.contexts.main;
  const { contactId } = leader.identity;
  if (contactId === null) return;
  await run.step(pool, async (tx) => {
    const [now] = await listLeadersByContact(tx, [contactId]);
    if (now?.identity.state !== "linked") return {};
    const drift = driftOf(run, {
      class: survivorId === null ? "archived" : "merged",
      differences: [["contact", contactId, survivorId === null ? "archived or deleted" : `merged into ${survivorId}`]],
      done: "followed",
      contactId,
      customer: leader.customer,
    });
    await saveDrifts(tx, run.id, [drift]);
    if (!run.options.check) {
      const read = survivorId === null ? await markForReading(tx, contactId) : null;
      const merged = survivorId === null ? [] : await takeMerge(tx, { contactId, survivorId });
      await queuePeople(tx, { customers: read ? [read] : merged, lane: "backfill" });
    }
    return {};
  });
}
