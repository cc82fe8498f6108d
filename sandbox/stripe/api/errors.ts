/** Errors as Stripe's API words them. */
import type { SandboxResponse } from "../../kernel/types.ts";

export type ErrorType = "invalid_request_error" | "card_error" | "idempotency_error" | "api_error";

type Extra = Readonly<Record<string, unknown>>;

export class StripeError extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly extra: Extra;

  constructor(status: number, type: ErrorType, message: string, extra: Extra = {}) {
    super(message);
    this.status = status;
    this.type = type;
    this.extra = extra;
  }

  /** The request was understood and is wrong. */
  static invalid(message: string, param?: string, code?: string): StripeError {
    const extra = { ...(code === undefined ? {} : { code }), ...(param === undefined ? {} : { param }) };
    return new StripeError(400, "invalid_request_error", message, extra);
  }

  /** There is no such object: 404 when it is the address, 400 when it is a parameter. */
  static missing(kind: string, id: string, param = "id"): StripeError {
    const status = param === "id" ? 404 : 400;
    return new StripeError(status, "invalid_request_error", `No such ${kind}: '${id}'`, {
      code: "resource_missing",
      param,
    });
  }

  /** The answer with Stripe's error body. */
  toResponse(requestId: string): SandboxResponse {
    const { code } = this.extra;
    const docs =
      typeof code === "string" ? { doc_url: `https://docs.stripe.com/error-codes/${code.replaceAll("_", "-")}` } : {};
    const error = {
      ...this.extra,
      ...docs,
      message: this.message,
      request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
      type: this.type,
    };
    return { status: this.status, body: { error } };
  }
}
