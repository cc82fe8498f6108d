/** From what Stripe answers to our errors; the only place that knows the difference. */
import Stripe from "stripe";
import { AppError } from "../model/error.ts";

/** Which of the connected accounts an error is about. */
type OfAccount = ErrorOptions & { readonly account?: string | undefined };

/** The key is wrong, revoked or expired: nothing on this connection can work. */
export class StripeUnauthorized extends AppError {
  readonly code = "STRIPE_UNAUTHORIZED";
  readonly kind = "blocked";
  readonly account: string | null;
  constructor(options?: OfAccount) {
    super(
      "Stripe does not accept the API key. Check STRIPE_API_KEY, or run `dunlin connect stripe` with a new key.",
      options,
    );
    this.account = options?.account ?? null;
  }
}

/** A restricted key lacks a permission: nothing that needs it can work until it is granted. */
export class StripeForbidden extends AppError {
  readonly code = "STRIPE_FORBIDDEN";
  readonly kind = "blocked";
  /** e.g. rak_customer_read, when Stripe named it. */
  readonly permission: string | null;
  readonly account: string | null;
  constructor(permission: string | null, options?: OfAccount) {
    const which = permission ? `the permission ${permission}` : "a permission";
    super(
      `The Stripe key lacks ${which}. Add it to the restricted key in the Stripe dashboard; \`dunlin doctor\` lists all that are needed.`,
      options,
    );
    this.permission = permission;
    this.account = options?.account ?? null;
  }
}

/** No such object, or it was deleted. */
export class StripeNotFound extends AppError {
  readonly code = "STRIPE_NOT_FOUND";
  readonly kind = "missing";
  constructor(what: string, options?: ErrorOptions) {
    super(`Stripe has no ${what}.`, options);
  }
}

/** Stripe asked us to slow down, or several requests held the same object. */
export class StripeRateLimited extends AppError {
  readonly code = "STRIPE_RATE_LIMITED";
  readonly kind = "transient";
  override readonly retryAfterMs: number;
  constructor(retryAfterMs: number, options?: ErrorOptions) {
    super("Stripe's rate limit is used up for the moment; the request is repeated by itself.", options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** Stripe could not be reached or could not answer. */
export class StripeUnavailable extends AppError {
  readonly code = "STRIPE_UNAVAILABLE";
  readonly kind = "transient";
  constructor(options?: ErrorOptions) {
    super("Stripe cannot be reached or cannot answer at the moment; the request is repeated by itself.", options);
  }
}

/** Stripe refused the request as it is. */
export class StripeRejected extends AppError {
  readonly code = "STRIPE_REJECTED";
  readonly kind = "permanent";
  constructor(reason: string, options?: ErrorOptions) {
    super(`Stripe refused the request: ${reason}`, options);
  }
}

const rateLimitedPauseMs = 1000;

/** Turns whatever the SDK threw into one of ours. `what` names what was asked for, e.g. "customer cus_1", `account` of whom. */
export function toStripeFailure(error: unknown, what: string, account?: string): AppError {
  if (error instanceof AppError) return error;
  const options = { cause: error, account };
  if (error instanceof Stripe.errors.StripeAuthenticationError) return new StripeUnauthorized(options);
  if (error instanceof Stripe.errors.StripePermissionError)
    return new StripeForbidden(permissionIn(error.message), options);
  if (error instanceof Stripe.errors.StripeRateLimitError) return new StripeRateLimited(rateLimitedPauseMs, options);
  if (!(error instanceof Stripe.errors.StripeError)) return new StripeUnavailable(options);
  if (error.code === "resource_missing") return new StripeNotFound(what, options);
  switch (error.statusCode) {
    case 401:
      return new StripeUnauthorized(options);
    case 403:
      return new StripeForbidden(permissionIn(error.message), options);
    case 404:
      return new StripeNotFound(what, options);
    case 429:
      return new StripeRateLimited(rateLimitedPauseMs, options);
    default:
      return isRefusal(error.statusCode) ? new StripeRejected(error.message, options) : new StripeUnavailable(options);
  }
}

/** It would be refused again. 408 and 409 are about the moment. */
function isRefusal(status = 0): boolean {
  return status >= 400 && status < 500 && status !== 408 && status !== 409;
}

/** "Having the 'rak_customer_read' permission would allow this request to continue." */
function permissionIn(message: string): string | null {
  return /rak_[a-z_]+/.exec(message)?.[0] ?? null;
}
