/** A company with any number of customers, each with one subscription and some payments: made page by page, never kept. */
import { contactIdOf, userId, valuesOf } from "./people.ts";
import { chargeShape, invoiceShape } from "./stripe-payments.ts";
import { customerShape, methodShape, subscriptionShape, type Json } from "./stripe-shapes.ts";
import { templateOf, type Template } from "./template.ts";

export type Crowd = {
  readonly customers: number;
  /** Of each customer. */
  readonly payments: number;
  /** They joined one after the other between these seconds. */
  readonly startS: number;
  readonly endS: number;
};

const paid = { status: "paid", amount_paid: 4900, amount_remaining: 0, attempted: true };

type List = { readonly template: Template; readonly prefix: string; readonly paid: boolean };

/** What is listed, compact, as Stripe answers lists. */
const lists: Readonly<Record<string, List>> = {
  customers: {
    template: compact(
      customerShape({
        invoice_settings: {
          custom_fields: null,
          default_payment_method: methodShape(),
          footer: null,
          rendering_options: null,
        },
      }),
    ),
    prefix: "cus_bench",
    paid: false,
  },
  subscriptions: { template: compact(subscriptionShape()), prefix: "sub_bench", paid: false },
  invoices: { template: compact(invoiceShape(paid)), prefix: "in_bench", paid: true },
  charges: { template: compact(chargeShape()), prefix: "ch_bench", paid: true },
};

function compact(shape: Json): Template {
  const pretty = templateOf(shape);
  return (values) => pretty(values).replaceAll(/\n\s*/g, "");
}

/** One page of a list, as JSON; null for a list that the crowd has nothing on. */
export function pageOfCrowd(crowd: Crowd, resource: string, query: URLSearchParams): string | null {
  const list = lists[resource];
  if (!list) return null;
  const each = list.paid ? crowd.payments : 1;
  const gapS = (crowd.endS - crowd.startS) / (crowd.customers * each);
  // Created in the second that has begun: `created <= second` holds up to the end of it.
  const lastIn = (second: number): number => Math.ceil((second + 1 - crowd.startS) / gapS) - 1;
  const after = query.get("starting_after");
  const newest = after === null ? crowd.customers * each - 1 : placeOf(after, list, each) - 1;
  const top = Math.min(newest, lastIn(Number(query.get("created[lte]") ?? crowd.endS)));
  const bottom = Math.max(0, Math.ceil((Number(query.get("created[gte]") ?? 0) - crowd.startS) / gapS));
  const limit = Number(query.get("limit") ?? 10);
  const items: string[] = [];
  for (let place = top; place >= bottom && items.length < limit; place -= 1) {
    const [customer, round] = [Math.floor(place / each), place % each];
    const created = Math.floor(crowd.startS + place * gapS);
    items.push(list.template({ ...valuesOf(customer, round, created), happened: created }));
  }
  return `{"object":"list","url":"/v1/${resource}","has_more":${top - items.length >= bottom},"data":[${items.join(",")}]}`;
}

/** `in_bench12r1` is the second of customer 12. */
function placeOf(id: string, { prefix, paid }: List, each: number): number {
  const [customer = "0", round = "0"] = id.slice(prefix.length).split("r");
  return paid ? Number(customer) * each + Number(round) : Number(customer);
}

const contactsPerPage = 150;

/** One page of the crowd's contacts: they have their user id and e-mail, and show nothing of billing yet. */
export function contactsOfCrowd(
  crowd: Crowd,
  cursor: string | null,
): { readonly ids: readonly string[]; readonly next: string | null } {
  const from = Number(cursor ?? 0);
  const count = Math.max(0, Math.min(contactsPerPage, crowd.customers - from));
  const next = from + count < crowd.customers ? String(from + count) : null;
  return { ids: Array.from({ length: count }, (_, index) => contactIdOf(userId(from + index))), next };
}

/** The user id of a contact of the crowd. */
export function userOfContact(contactId: string): string {
  return userId(Number(contactId));
}
