/** Errors of ours. The kind says what the machine does, the code what happened, the message what a person can do. */

/** What the worker and the HTTP edge do with an error. */
export type ErrorKind =
  | "invalid" // the caller's input is wrong: never retried
  | "missing" // no such thing
  | "conflict" // someone else was first: read again and decide again
  | "transient" // may work later: back off
  | "permanent" // will fail the same way again: dead letter
  | "blocked" // nothing on this connection can work: pause it, keep its jobs
  | "bug"; // our own invariant broke

/** Base of every error that Dunlin raises on purpose. */
export abstract class AppError extends Error {
  abstract readonly code: string;
  abstract readonly kind: ErrorKind;
  /** The HTTP status, where it differs from the kind's usual one. */
  readonly httpStatus?: number;
  /** When the other side told us how long to wait. */
  readonly retryAfterMs?: number;

  override get name(): string {
    return this.code;
  }
}

const statusOf: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  missing: 404,
  conflict: 409,
  transient: 503,
  permanent: 502,
  blocked: 503,
  bug: 500,
};

/** The HTTP status that an error is answered with; anything that is not ours is a bug, so 500. */
export function httpStatusOf(error: unknown): number {
  if (!(error instanceof AppError)) return 500;
  return error.httpStatus ?? statusOf[error.kind];
}

/** What the worker should do with whatever was thrown; unknown errors are bugs, so that they are seen. */
export function kindOf(error: unknown): ErrorKind {
  return error instanceof AppError ? error.kind : "bug";
}

/** The stable code of an error, `BUG` for anything that is not ours. */
export function codeOf(error: unknown): string {
  return error instanceof AppError ? error.code : "BUG";
}

/** The sentence for a person, whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
