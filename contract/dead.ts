/** Dead letters, and how they and stored events are sent through again, as `/api/dead` and `/api/replay` speak it. */
import { z } from "zod";

/**
 * sync: a customer's contact was not written · company: a company was not written · event: an event was not applied ·
 * effect: a note, ticket, message … was not sent · job: slow work, such as a backfill, has failed for good
 */
export const deadKinds = ["sync", "company", "event", "effect", "job"] as const;

const time = z.iso.datetime();
/** Of a company it is made of its key. */
const idLengthMax = 300;
const code = z.string().regex(/^[A-Z][A-Z0-9_]{0,63}$/, "an error code is in capital letters");

/** `GET /api/dead`. */
export const deadQuery = z.strictObject({
  kind: z.enum(deadKinds).optional(),
  code: code.optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

/** `GET /api/dead/{id}`. */
export const deadId = z.object({ id: z.string().trim().min(1).max(idLengthMax) });

export const deadLetter = z.object({
  /** The customer's, the event's, the effect's id, `company_…` with its key, or `job_…`. */
  id: z.string(),
  kind: z.enum(deadKinds),
  account: z.string().nullable(),
  customerId: z.string().nullable(),
  /** What was to be done. */
  what: z.string(),
  code: z.string(),
  message: z.string(),
  /** What a person can do about it. */
  remedy: z.string(),
  attempts: z.number().int(),
  /** When what it is about was stored. */
  since: time.nullable(),
  /** How to send it through again. */
  replay: z.string(),
});

/** `GET /api/dead` answers the oldest first, and how many there are of each kind and code. */
export const deadList = z.object({
  letters: z.array(deadLetter),
  counts: z.array(z.object({ kind: z.enum(deadKinds), code: z.string(), count: z.number().int() })),
});

const ids = z.array(z.string().trim().min(1).max(idLengthMax)).min(1).max(1000);

/** `POST /api/replay`: exactly one of the three. Dead letters: by id, or all of a kind and code. */
export const replayRequest = z.union(
  [
    z.strictObject({ events: ids }),
    z.strictObject({ customers: ids, account: z.string().trim().min(1).max(64).optional() }),
    z.strictObject({
      dead: z.union([
        z.strictObject({ ids }),
        z.strictObject({ all: z.literal(true), kind: z.enum(deadKinds).optional(), code: code.optional() }),
      ]),
    }),
  ],
  "it has to say what: `events`, `customers` or `dead`, one of the three",
);

/** What will be looked at again, and what could not be, with the reason. */
export const replayed = z.object({
  queued: z.array(z.object({ id: z.string(), kind: z.enum([...deadKinds, "customer"]) })),
  refused: z.array(z.object({ id: z.string(), reason: z.string() })),
});

export type DeadKind = (typeof deadKinds)[number];
export type DeadQuery = z.output<typeof deadQuery>;
export type DeadLetter = z.infer<typeof deadLetter>;
export type DeadList = z.infer<typeof deadList>;
export type ReplayRequest = z.output<typeof replayRequest>;
export type Replayed = z.infer<typeof replayed>;
