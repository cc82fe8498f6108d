/** From what the SDK throws to our errors: what the machine does follows from the kind. */
import Stripe from "stripe";
import { describe, expect, it } from "vitest";
import { StripeForbidden, StripeRateLimited, StripeUnauthorized, toStripeFailure } from "./failure.ts";

type Raw = { readonly statusCode?: number; readonly code?: string; readonly message?: string };

function thrown(type: keyof typeof Stripe.errors, { statusCode, code, message = "no" }: Raw): unknown {
  const raw = {
    type: "api_error",
    message,
    ...(statusCode === undefined ? {} : { statusCode }),
    ...(code === undefined ? {} : { code }),
  };
  return Reflect.construct(Stripe.errors[type], [raw]);
}

describe("toStripeFailure", () => {
  it.each<[string, unknown, string, string]>([
    ["a wrong key", thrown("StripeAuthenticationError", { statusCode: 401 }), "STRIPE_UNAUTHORIZED", "blocked"],
    ["a missing permission", thrown("StripePermissionError", { statusCode: 403 }), "STRIPE_FORBIDDEN", "blocked"],
    ["an excess", thrown("StripeRateLimitError", { statusCode: 429 }), "STRIPE_RATE_LIMITED", "transient"],
    [
      "a held object",
      thrown("StripeInvalidRequestError", { statusCode: 429, code: "lock_timeout" }),
      "STRIPE_RATE_LIMITED",
      "transient",
    ],
    [
      "something unknown",
      thrown("StripeInvalidRequestError", { statusCode: 404, code: "resource_missing" }),
      "STRIPE_NOT_FOUND",
      "missing",
    ],
    [
      "something unknown in a list",
      thrown("StripeInvalidRequestError", { statusCode: 400, code: "resource_missing" }),
      "STRIPE_NOT_FOUND",
      "missing",
    ],
    ["a bad parameter", thrown("StripeInvalidRequestError", { statusCode: 400 }), "STRIPE_REJECTED", "permanent"],
    ["a declined card", thrown("StripeCardError", { statusCode: 402 }), "STRIPE_REJECTED", "permanent"],
    ["a key of another request", thrown("StripeIdempotencyError", { statusCode: 400 }), "STRIPE_REJECTED", "permanent"],
    [
      "two requests with one key at once",
      thrown("StripeInvalidRequestError", { statusCode: 409 }),
      "STRIPE_UNAVAILABLE",
      "transient",
    ],
    ["trouble at Stripe", thrown("StripeAPIError", { statusCode: 500 }), "STRIPE_UNAVAILABLE", "transient"],
    ["a gateway", thrown("StripeAPIError", { statusCode: 503 }), "STRIPE_UNAVAILABLE", "transient"],
    ["no connection", thrown("StripeConnectionError", {}), "STRIPE_UNAVAILABLE", "transient"],
    ["something else altogether", new TypeError("fetch failed"), "STRIPE_UNAVAILABLE", "transient"],
  ])("%s", (_what, error, code, kind) => {
    const failure = toStripeFailure(error, "customer cus_1");

    expect(failure).toMatchObject({ code, kind });
    expect(failure.cause).toBe(error);
  });

  it("names the missing permission when Stripe did", () => {
    const message =
      "The provided key does not have the required permissions. Having the 'rak_customer_read' permission would allow this request to continue.";
    const failure = toStripeFailure(thrown("StripePermissionError", { statusCode: 403, message }), "customers");

    expect(failure).toBeInstanceOf(StripeForbidden);
    expect(failure).toMatchObject({ permission: "rak_customer_read" });
    expect(failure.message).toContain("rak_customer_read");
  });

  it("says how long to wait after an excess", () => {
    expect(toStripeFailure(thrown("StripeRateLimitError", { statusCode: 429 }), "x")).toBeInstanceOf(StripeRateLimited);
    expect(toStripeFailure(thrown("StripeRateLimitError", { statusCode: 429 }), "x").retryAfterMs).toBeGreaterThan(0);
  });

  it("leaves an error of ours as it is", () => {
    const ours = new StripeUnauthorized();

    expect(toStripeFailure(ours, "x")).toBe(ours);
  });
});
