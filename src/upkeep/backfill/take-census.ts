/** Pages through all of Intercom's contacts, once, within the budget of the backfill lane; goes on where it stopped. */
import { listContacts } from "../../intercom/contacts.ts";
import { IntercomRejected } from "../../intercom/failure.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { pause } from "../../lib/pause.ts";
import { codeOf, kindOf, messageOf } from "../../model/error.ts";
import { addCensusPage, beginCensus, clearCensus, findCensus, type Census } from "../../pipeline/census.ts";
import type { SyncContext } from "../../pipeline/context.ts";
import { onceOpen, type Doors } from "../until-open.ts";
import type { ProgressKeeper } from "./progress.ts";

/** The most that Intercom puts on a page. */
const pageSize = 150;
const retry = { baseMs: 1_000, capMs: 30_000 };

/** Pages come one after the other, look-ups side by side: beyond so many contacts for each customer, looking up is faster. */
const contactsPerCustomerMax = 30;
/** So few pages are read without a second thought. */
const pagesAlways = 3;

/** Whether paging through all contacts is worth it to find the contacts of these customers. */
export function isCensusWorth({
  contacts,
  customers,
}: {
  readonly contacts: number;
  readonly customers: number;
}): boolean {
  if (customers === 0) return false;
  return contacts <= Math.max(pagesAlways * pageSize, customers * contactsPerCustomerMax);
}

export type CensusTaking = {
  readonly context: SyncContext;
  readonly progress: ProgressKeeper;
  readonly signal: AbortSignal;
  readonly doors: Doors | undefined;
  /** How many customers have to find their contact. */
  readonly customers: number;
};

/** Takes the census, or says that looking customers up one by one is cheaper. True when it is complete. */
export async function takeCensus(taking: CensusTaking): Promise<boolean> {
  const { context, progress, signal } = taking;
  const skip = async (): Promise<boolean> => {
    await progress.census({ state: "not needed", contacts: 0, total: null });
    return false;
  };
  if (taking.customers === 0 && !(await findCensus(context.pool))?.complete) return skip();
  const names = new Set(context.mapping().definitions.map(({ name }) => name));
  for (let attempt = 1; ;) {
    signal.throwIfAborted();
    try {
      const census = await beginCensus(context.records);
      if (!census.complete) {
        const after = census.cursor;
        const page = await onceOpen({ ...taking, vendor: "intercom", account: context.account }, () =>
          listContacts(context.intercom, { cursor: after, perPage: pageSize }, { lane: "backfill", signal }),
        );
        if (after === null && !isCensusWorth({ contacts: page.total ?? 0, customers: taking.customers }))
          return await skip();
        await addCensusPage(context.records, { page, after, names });
      }
      attempt = 1;
      const now = await findCensus(context.records);
      if (now) await progress.census(shown(now));
      if (now?.complete) return true;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof IntercomRejected) {
        // A cursor that Intercom has forgotten; without one it refuses the list as such.
        const census = await findCensus(context.records);
        await clearCensus(context.records);
        if (census?.cursor === null || !census) return skip();
      } else if (kindOf(error) !== "transient") throw error;
      context.log.warn({ code: codeOf(error), attempt }, `the census of contacts goes on later: ${messageOf(error)}`);
      await pause(backoffMs(attempt, context.random(), retry), signal);
      attempt += 1;
    }
  }
}

function shown({ contacts, total, complete }: Census): Parameters<ProgressKeeper["census"]>[0] {
  return { state: complete ? "complete" : "counting", contacts, total };
}
