/** Brings the newest version of the mapping to the contacts: only who shows something else is queued, in the slowest lane. */
import { countLinked } from "../../contacts/store.ts";
import { pause } from "../../lib/pause.ts";
import { listAttributes, updateAttribute } from "../../intercom/data-attributes.ts";
import { checkDocument } from "../../mapping/check-document.ts";
import { compileMapping, type Mapping } from "../../mapping/mapping.ts";
import { findDocument } from "../../documents/store.ts";
import type { Pool } from "../../db/pool.ts";
import { companiesIn } from "../../pipeline/company-rules.ts";
import { isRolledOut, type Rollout } from "../../mapping/rollout.ts";
import {
  enterRolloutPhase,
  findDoneBefore,
  findRollout,
  saveRolloutContacts,
  saveRolloutPage,
} from "../../mapping/store.ts";
import type { Contexts } from "../../pipeline/context.ts";
import { ProductCache } from "../../pipeline/load-customer.ts";
import { countWaitingCompanies, queueHeldCompaniesAgain } from "../../queue/company-jobs.ts";
import { countWaiting, queueHeldAgain, queuePeople } from "../../queue/sync-jobs.ts";
import { queueEverybody } from "../queue-everybody.ts";
import { onceOpen, type Doors } from "../until-open.ts";
import { lookAtPage } from "./look-at-contacts.ts";

export type RolloutParts = {
  readonly contexts: Contexts;
  readonly doors: Doors;
  /** Reads the mapping again, and answers the one in force. */
  readonly reload: () => Promise<Mapping>;
  /** Until when no node works by the former mapping any more. */
  readonly heardBy: () => Promise<void>;
  /** Contacts were queued. */
  readonly onQueued: () => void;
  /** Names are spoken of no more. */
  readonly onRetired: () => void;
};

const lookMs = { first: 100, most: 1_000 };

/** Carries out what is left of the newest rollout; may be broken off at any moment, and goes on where it was. */
export async function rollOutMapping(parts: RolloutParts, signal: AbortSignal): Promise<void> {
  const { pool } = parts.contexts.main;
  for (;;) {
    signal.throwIfAborted();
    const rollout = await findRollout(pool);
    if (!rollout || isRolledOut(rollout)) return;
    const mapping = await parts.reload();
    await doPhase(parts, { rollout, mapping, signal });
  }
}

type Step = { readonly rollout: Rollout; readonly mapping: Mapping; readonly signal: AbortSignal };

async function doPhase(parts: RolloutParts, step: Step): Promise<void> {
  const { contexts, doors } = parts;
  const { pool } = contexts.main;
  const { rollout, signal } = step;
  const { version } = rollout;
  switch (rollout.phase) {
    case "preparing":
      await onceOpen({ doors, signal, vendor: "intercom", account: contexts.main.account }, () =>
        contexts.main.provision(),
      );
      await parts.heardBy();
      await saveRolloutContacts(pool, version, await countLinked(pool));
      await enterRolloutPhase(pool, version, "looking");
      return;
    case "looking":
      if (rollout.cursor === null) {
        // What is on its way to Intercom by the former mapping is not on record yet.
        await queueHeldAgain(pool, "backfill");
        await queueHeldCompaniesAgain(pool);
        // A company may show any of its customers, also one without a contact.
        if (await areCompaniesNew(pool, step)) await queueEverybody(parts, signal);
      }
      if (await lookAtAll(parts, step)) await enterRolloutPhase(pool, version, "writing");
      return;
    case "writing":
      await untilWritten(parts, step);
      await enterRolloutPhase(pool, version, "retiring");
      return;
    case "retiring":
      await onceOpen({ doors, signal, vendor: "intercom", account: contexts.main.account }, () =>
        archiveRetired(parts, step),
      );
      await enterRolloutPhase(pool, version, "done");
      parts.onRetired();
      return;
    case "done":
    case "superseded":
      return;
  }
}

/** Whether companies follow other rules than in the version that was brought to them last. */
async function areCompaniesNew(pool: Pool, { rollout, mapping }: Step): Promise<boolean> {
  const rules = companiesIn(mapping);
  if (rules === null) return false;
  const done = await findDoneBefore(pool, rollout.version);
  if (done === undefined) return true;
  // One that was superseded may have reached some companies, and not others.
  for (let version = done; version < rollout.version; version += 1) {
    const before = await findDocument(pool, "mapping", version);
    const document = before && checkDocument(before.body).document;
    const former = document && companiesIn(compileMapping(document, { name: "before" }));
    if (former?.fingerprint !== rules.fingerprint) return true;
  }
  return false;
}

/** Answers false when a newer version came meanwhile. */
async function lookAtAll({ contexts, onQueued }: RolloutParts, { rollout, mapping, signal }: Step): Promise<boolean> {
  const { pool } = contexts.main;
  const products = new ProductCache();
  for (let after = rollout.cursor ?? ""; ;) {
    signal.throwIfAborted();
    const page = await lookAtPage({ contexts, mapping, products }, after);
    if (!page) return true;
    const customers = page.affected.map(({ customer }) => customer);
    if (customers.length > 0) {
      await queuePeople(pool, { customers, lane: "backfill" });
      onQueued();
    }
    const { cursor, looked } = page;
    const isOurs = await saveRolloutPage(pool, {
      version: rollout.version,
      cursor,
      looked,
      affected: customers.length,
    });
    if (!isOurs) return false;
    after = cursor;
  }
}

/** The workers write; here they are only watched. */
async function untilWritten({ contexts }: RolloutParts, { rollout, mapping, signal }: Step): Promise<void> {
  const hasCompanies = companiesIn(mapping) !== null;
  for (let waitMs = lookMs.first; ; waitMs = Math.min(lookMs.most, waitMs * 2)) {
    signal.throwIfAborted();
    const now = await findRollout(contexts.main.pool);
    if (now?.version !== rollout.version) return;
    const left = await Promise.all([
      ...contexts.all.map(({ records, account }) => countWaiting(records, account, "backfill")),
      ...(hasCompanies ? [countWaitingCompanies(contexts.main.records)] : []),
    ]);
    if (left.every((count) => count === 0)) return;
    await pause(waitMs, signal);
  }
}

/** No contact and no company shows them any more; archived, they are out of people's way. */
async function archiveRetired({ contexts }: RolloutParts, { mapping }: Step): Promise<void> {
  if (mapping.retiring.length === 0) return;
  const { intercom } = contexts.main;
  const lane = "backfill";
  const models = companiesIn(mapping) === null ? (["contact"] as const) : (["contact", "company"] as const);
  for (const model of models) {
    for (const { id, name, custom } of await listAttributes(intercom, { model, includeArchived: false }, { lane })) {
      if (id !== null && custom && mapping.retiring.includes(name)) {
        await updateAttribute(intercom, { id, patch: { archived: true } }, { lane });
      }
    }
  }
}
