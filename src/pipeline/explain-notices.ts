/** What somebody who asks for a value must know first: that it is about to change, cannot be written, or is incomplete. */
import type { AttributeExplanation, ExplainNotice } from "../../contract/explain.ts";
import { listPauses } from "../connections/store.ts";
import type { Identity } from "../contacts/identity.ts";
import { lanes } from "../model/lane.ts";
import type { Pool } from "../db/pool.ts";
import { listOpenEvents } from "../events/store.ts";
import type { MappingLine } from "../mapping/mapping.ts";
import { standardFields } from "../model/attribute.ts";
import { remedyOf } from "../model/remedy.ts";
import { findSyncJobs, type KeptJob } from "../queue/kept-jobs.ts";
import type { Subject } from "./explain-subject.ts";
import { leftOutHint } from "./left-out.ts";

type Answer = Pick<AttributeExplanation, "shown" | "desired" | "writes"> & { readonly line: MappingLine };

type Asked = {
  readonly source: { readonly pool: Pool; readonly nowMs: () => number };
  readonly subject: Subject;
};

/** Everything that comes before the chain, the gravest first. */
export async function noticesOf({ source, subject }: Asked, answer?: Answer): Promise<ExplainNotice[]> {
  const { pool } = source;
  const [paused, jobs, events] = await Promise.all([
    pauseNotices(pool, subject),
    findSyncJobs(pool, [...subject.customers, subject.asked]),
    listOpenEvents(
      pool,
      subject.customers.map(({ customerId }) => customerId),
    ),
  ]);
  const open = [...new Map(jobs.map((job) => [job.customer.customerId, job])).values()];
  return [
    ...identityNotices(subject.identity),
    ...paused,
    ...open.map((job) => jobNotice(job, source.nowMs())),
    ...events.map(({ id, type, state, error }): ExplainNotice =>
      state === "dead"
        ? {
            kind: "dead",
            text: `The event ${id} (${type}) could not be applied: ${error?.message ?? "unknown"}`,
            remedy: `${remedyOf(error?.code ?? "")} Then: dunlin replay event ${id}`,
          }
        : { kind: "waiting", text: `The event ${id} (${type}) waits for a look at Stripe.`, remedy: null },
    ),
    ...unreadNotices(subject),
    ...(answer ? answerNotices(answer, { isOpen: open.length > 0 }) : []),
  ];
}

async function pauseNotices(pool: Pool, { customers }: Subject): Promise<readonly ExplainNotice[]> {
  const ofSubject = new Set<string>(["all", "intake", "intercom", ...lanes.map((lane) => `lane:${lane}`)]);
  for (const { account } of customers) ofSubject.add(`stripe:${account}`);
  const pauses = (await listPauses(pool)).filter(({ scope }) => ofSubject.has(scope));
  return pauses.map(({ scope, by, reason }): ExplainNotice => {
    const remedy = by === "person" ? `Resume it: dunlin resume ${scope}` : "Run `dunlin doctor`; what waits is kept.";
    return { kind: "paused", text: `${scope} is paused, so a write may wait: ${reason}`, remedy };
  });
}

function jobNotice({ state, customer, error, attempt, dueAt }: KeptJob, nowMs: number): ExplainNotice {
  if (state === "dead") {
    const text = `The write for ${customer.customerId} was given up after ${attempt} ${attempt === 1 ? "attempt" : "attempts"}: ${error?.message ?? "unknown"}`;
    return {
      kind: "dead",
      text,
      remedy: `${remedyOf(error?.code ?? "")} Then: dunlin replay dead ${customer.customerId}`,
    };
  }
  const waitS = Math.ceil((dueAt.getTime() - nowMs) / 1000);
  const when = waitS > 0 ? `is due in ${waitS} s` : "is due now";
  const why = error === null ? "" : ` The last attempt failed: ${error.message}`;
  return {
    kind: "pending",
    text: `A look at ${customer.customerId} is pending and ${when}, so the values below may be about to change.${why}`,
    remedy: null,
  };
}

const stateKinds = {
  left_out: "left_out",
  quarantined: "quarantined",
  archived: "archived",
  gone: "gone",
  ignored: "ignored",
} as const satisfies Readonly<Record<Exclude<Identity["state"], "linked">, ExplainNotice["kind"]>>;

const remedies: Readonly<Record<Exclude<Identity["state"], "linked">, string | null>> = {
  left_out: null,
  quarantined: "Choose the contact: dunlin identity list, then dunlin identity link.",
  archived: null,
  gone: null,
  ignored: "To take the decision back: dunlin identity reset.",
};

function identityNotices(identity: Identity | undefined): readonly ExplainNotice[] {
  if (!identity)
    return [{ kind: "unread", text: "The customer has not been looked up in Intercom yet.", remedy: null }];
  const { state, reason } = identity;
  if (state === "linked") return [];
  return [{ kind: stateKinds[state], text: `No contact is written: ${leftOutHint(reason)}`, remedy: remedies[state] }];
}

function unreadNotices({ present, customers }: Subject): readonly ExplainNotice[] {
  const missing = customers.filter(
    ({ account, customerId }) =>
      !present?.customers.some((one) => one.account === account && one.copies.customer.id === customerId),
  );
  return missing.map(({ customerId }) => ({
    kind: "unread",
    text: `${customerId} has never been read from Stripe, so their part is unknown.`,
    remedy: `dunlin replay customer ${customerId}`,
  }));
}

/** What is odd about the answer itself; a difference that is about to be written is none. */
function answerNotices(answer: Answer, { isOpen }: { readonly isOpen: boolean }): readonly ExplainNotice[] {
  const { line, shown, desired, writes } = answer;
  const gone = writes.flatMap(({ eventsGone }) => eventsGone);
  const differs = shown !== null && desired !== null && !shown.agrees && !isOpen;
  const isUnwritten = shown !== null && shown.value !== null && writes.length === 0;
  return [
    ...(differs ? [differsNotice(line)] : []),
    ...(gone.length > 0 ? [goneNotice(gone)] : []),
    ...(isUnwritten ? [unwrittenNotice] : []),
  ];
}

function differsNotice({ name }: MappingLine): ExplainNotice {
  const isTheirs = standardFields.some((field) => field === name);
  return {
    kind: "differs",
    text: isTheirs
      ? "Intercom shows another value than Stripe: somebody changed it there, or Intercom refused ours. It is left alone."
      : "Intercom shows another value than the mapping asks for, and no write is pending.",
    remedy: isTheirs ? null : "To have it looked at again: dunlin replay customer <id>",
  };
}

function goneNotice(ids: readonly string[]): ExplainNotice {
  const [what, are] = ids.length === 1 ? ["An event", "is"] : [`${ids.length} events`, "are"];
  return {
    kind: "thinned",
    text: `${what} that a write rested on ${are} no longer stored: ${ids.slice(0, 3).join(", ")}${ids.length > 3 ? " …" : ""}. What they said is lost, what was written is not.`,
    remedy: "Stripe shows events for 30 days, in the dashboard under Developers.",
  };
}

const unwrittenNotice: ExplainNotice = {
  kind: "thinned",
  text: "No write of this attribute is on record: Intercom showed the value already when the contact was linked, or the record was removed because of its age.",
  remedy: null,
};
