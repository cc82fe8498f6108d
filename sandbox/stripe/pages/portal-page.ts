/** The pages behind portal sessions: just enough of Stripe's that a flow can be gone through, by people and by tests. */
import type { SandboxRequest, SandboxResponse } from "../../kernel/types.ts";
import type { PortalSession } from "../objects/portal.ts";
import { attach } from "../resources/payment-methods.ts";
import { updateSubscription, requireSubscription } from "../resources/subscription-updates.ts";
import type { World } from "../world.ts";

export const PORTAL_PATH = "/p/session/";

/** A session ends so soon after it was made; Stripe publishes no number. */
const SESSION_S = 3600;

/** What a customer chooses on the page instead of entering a number. */
const CARDS: Readonly<Record<string, string>> = {
  pm_card_visa: "Visa 4242, which works",
  pm_card_chargeCustomerFail: "Visa 0341, which is declined later",
  pm_card_authenticationRequired: "Visa 3184, which asks to confirm",
};

/** Answers a session's address: the page, and what its button does. */
export function answerPortal(world: World, request: SandboxRequest): SandboxResponse {
  const token = request.path.slice(PORTAL_PATH.length);
  const session = world.tables.portalSessions.all().find(({ url }) => url.endsWith(`${PORTAL_PATH}${token}`));
  if (session === undefined || session.created < world.now() - SESSION_S) {
    return page(404, "<p>This session has expired.</p>");
  }
  if (request.method !== "POST") return page(200, formOf(session));
  act(world, session, new URLSearchParams(request.rawBody.toString("utf8")));
  const target = afterwards(session);
  return target === null
    ? page(200, "<p>Done.</p>")
    : { status: 303, headers: { location: target, "content-type": "text/html" }, body: "" };
}

function act(world: World, session: PortalSession, form: URLSearchParams): void {
  const { flow, customer: id } = session;
  const confirm = flow?.subscription_update_confirm;
  if (flow?.type === "subscription_update_confirm" && confirm) {
    const subscription = requireSubscription(world, confirm.subscription);
    world.events.during({ id: null, idempotency_key: null }, () =>
      updateSubscription(world, subscription, { items: confirm.items.map((item) => ({ ...item })) }),
    );
    return;
  }
  const customer = world.tables.customers.get(id);
  const chosen = form.get("card") ?? "pm_card_visa";
  if (customer === undefined || CARDS[chosen] === undefined) return;
  world.events.during({ id: null, idempotency_key: null }, () => {
    const method = attach(world, chosen, id);
    // The flow sets the customer's default; a subscription with a method of its own keeps that one.
    const invoice_settings = { ...customer.invoice_settings, default_payment_method: method.id };
    return world.update(world.tables.customers, customer, { invoice_settings }, "customer.updated");
  });
}

function afterwards({ flow, return_url: leave }: PortalSession): string | null {
  return flow?.after_completion.redirect?.return_url ?? leave;
}

function formOf({ flow, return_url: leave }: PortalSession): string {
  const options = Object.entries(CARDS).map(([id, name]) => `<option value="${id}">${name}</option>`);
  const isChange = flow?.type === "subscription_update_confirm";
  const fields = isChange
    ? `<p>The plan is going to change to ${text(flow.subscription_update_confirm?.items[0]?.price ?? "?")}.</p>`
    : `<p><label>New card <select name="card">${options.join("")}</select></label></p>`;
  const back = leave === null ? "" : `<p><a href="${text(leave)}">Back</a></p>`;
  return `<form method="post">${fields}<button type="submit">${isChange ? "Confirm" : "Save"}</button></form>${back}`;
}

function page(status: number, content: string): SandboxResponse {
  const title = "Customer portal of the sandbox";
  const body = `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>${title}</title></head><body><main><h1>${title}</h1>${content}</main></body></html>`;
  return { status, headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store" }, body };
}

function text(raw: string): string {
  return raw.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
