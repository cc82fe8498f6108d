/** Why a call to Dunlin's server gave no answer that the page can show. */

/**
 * - unreachable: no answer at all, or one from something that is not Dunlin
 * - signed-out: the session is missing or over
 * - refused: Dunlin answered with an error of its own
 * - unreadable: Dunlin answered in a shape this page does not know, as after an upgrade
 */
export type ApiErrorKind = "unreachable" | "signed-out" | "refused" | "unreadable";

/** A call that failed; `code` is the server's stable code where it sent one. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly kind: ApiErrorKind;
  readonly code: string | null;

  constructor(kind: ApiErrorKind, message: string, options?: ErrorOptions & { readonly code?: string }) {
    super(message, options);
    this.kind = kind;
    this.code = options?.code ?? null;
  }
}

/** Whether the way out is to sign in. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.kind === "signed-out";
}
