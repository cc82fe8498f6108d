/** The link to an invoice is asked for, each time. */
import { expect, it } from "vitest";
import { aStripe } from "../../test/support/builders.ts";
import { fetchInvoiceLink } from "./invoice-link.ts";

it("is what Stripe says now, and nothing for an invoice that Stripe does not have", async () => {
  const page = "https://invoice.stripe.com/i/acct_1/test_1";
  const stripe = aStripe((id) => ({
    object:
      id === "in_1" ? { id, status: "open", hosted_invoice_url: page } : id === "in_2" ? { id, status: "draft" } : null,
    answeredS: 1,
  }));

  expect(await fetchInvoiceLink(stripe.client, "in_1")).toEqual({ url: page, status: "open" });
  expect(await fetchInvoiceLink(stripe.client, "in_2")).toEqual({ url: null, status: "draft" });
  expect(await fetchInvoiceLink(stripe.client, "in_3")).toBeNull();
  await fetchInvoiceLink(stripe.client, "in_1");
  expect(stripe.reads()).toHaveLength(4);
});
