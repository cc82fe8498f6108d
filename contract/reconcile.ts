/** Runs of reconcile and what they found, as `/api/reconcile` answers them. */
import { z } from "zod";

export const driftClass = z.enum([
  "missed_event",
  "lost_write",
  "foreign_edit",
  "deleted",
  "archived",
  "merged",
  "identity",
]);

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One customer or contact that was not as it should be, for one reason. */
export const drift = z.object({
  id: z.number().int(),
  class: driftClass,
  account: z.string().nullable(),
  customerId: z.string().nullable(),
  contactId: z.string().nullable(),
  /** Only for what belongs to no customer, such as a product. */
  objectId: z.string().nullable(),
  differences: z.array(z.object({ field: z.string(), expected: value, found: value })),
  /** renewed: our copies were brought up to date · rewritten: the contact is written again · followed: the link is read again · left: others own it, or a person must decide · reported: the run only checks */
  done: z.enum(["renewed", "rewritten", "followed", "left", "reported"]),
  at: z.iso.datetime(),
});

export const reconcileRun = z.object({
  id: z.number().int(),
  state: z.enum(["queued", "running", "done", "failed"]),
  /** gap: events were missed that Stripe no longer lists */
  askedBy: z.enum(["schedule", "command", "api", "gap"]),
  /** Reports only, repairs nothing. */
  check: z.boolean(),
  /** Reads of Stripe at most. */
  calls: z.number().int(),
  /** Only this Stripe account; null for all. */
  account: z.string().nullable(),
  askedAt: z.iso.datetime(),
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  progress: z.object({
    /** stripe → judge → contacts → unlisted → end */
    phase: z.enum(["stripe", "judge", "contacts", "unlisted", "end"]),
    /** Objects that Stripe listed. */
    objects: z.number().int(),
    /** The list in which the budget ended, as `account/resource`; the next run goes on there. */
    stoppedIn: z.string().nullable(),
    /** Contacts that Intercom listed, of how many. */
    contacts: z.number().int(),
    contactsTotal: z.number().int().nullable(),
    /** Differing contacts that were being written and could not be judged. */
    busy: z.number().int(),
  }),
  stripeCalls: z.number().int(),
  intercomCalls: z.number().int(),
  /** Findings by class; a class without any is absent. */
  counts: z.partialRecord(driftClass, z.number().int()),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
});

export const reconcileRuns = z.object({ runs: z.array(reconcileRun) });

/** One run with a page of its findings. */
export const reconcileFindings = z.object({
  run: reconcileRun,
  drifts: z.array(drift),
  /** Where the next page begins; null on the last one. */
  next: z.number().int().nullable(),
});

export const reconcileFilter = z.object({
  class: driftClass.optional(),
  after: z.coerce.number().int().min(0).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/** What `POST /api/reconcile` takes. */
export const reconcileRequest = z.strictObject({
  check: z.boolean().default(false),
  calls: z.number().int().min(1).max(1_000_000).optional(),
  account: z.string().min(1).nullable().default(null),
  /** How long an event may be on its way before it counts as missed. */
  graceSeconds: z.number().int().min(0).max(3_600).optional(),
});

export const reconcileAccepted = z.object({ id: z.number().int() });

export type DriftView = z.infer<typeof drift>;
export type ReconcileRunView = z.infer<typeof reconcileRun>;
export type ReconcileFindings = z.infer<typeof reconcileFindings>;
export type ReconcileRuns = z.infer<typeof reconcileRuns>;
