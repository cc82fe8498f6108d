/** Stripe's customers as the left column shows them: what they pay for, how it stands, who they are in Intercom. */
import type { Contact } from "../intercom/rows.ts";
import type { Price, Product } from "../stripe/objects/catalogue.ts";
import type { Customer } from "../stripe/objects/customer.ts";
import type { PaymentMethod } from "../stripe/objects/payment.ts";
import type { Subscription } from "../stripe/objects/subscription.ts";
import type { ControlParts } from "./parts.ts";

const shownMax = 100;

/** Under which names a business keeps its own user id in the customer's metadata. */
const userIdKeys = ["user_id", "userId", "external_id"] as const;

export type CustomerLine = ReturnType<typeof customerLine>;

/** Customers whose name, address or id contains the text; newest last, as they came. */
export function findCustomers(parts: ControlParts, text: string) {
  const wanted = text.trim().toLowerCase();
  const books = openBooks(parts);
  const fits = (customer: Customer) =>
    [customer.name, customer.email, customer.id, userIdOf(customer)].some((value) =>
      value?.toLowerCase().includes(wanted),
    );
  const found = wanted === "" ? books.customers : books.customers.filter(fits);
  return {
    total: found.length,
    customers: found.slice(0, shownMax).map((customer) => customerLine(parts, books, customer)),
  };
}

/** One customer; `undefined` when Stripe has none with this id. */
export function findCustomer(parts: ControlParts, id: string): CustomerLine | undefined {
  const books = openBooks(parts);
  const customer = parts.kernel.store.collection<Customer>("stripe.customers").get(id);
  return customer === undefined ? undefined : customerLine(parts, books, customer);
}

type Books = {
  readonly customers: readonly Customer[];
  readonly subscriptions: ReadonlyMap<string, readonly Subscription[]>;
  readonly productName: (id: string) => string | undefined;
  readonly paymentMethod: (id: string) => PaymentMethod | undefined;
};

function openBooks({ kernel }: ControlParts): Books {
  const products = kernel.store.collection<Product>("stripe.products");
  const methods = kernel.store.collection<PaymentMethod>("stripe.payment_methods");
  return {
    customers: kernel.store.collection<Customer>("stripe.customers").all(),
    subscriptions: byCustomer(kernel.store.collection<Subscription>("stripe.subscriptions").all()),
    productName: (id) => products.get(id)?.name,
    paymentMethod: (id) => methods.get(id),
  };
}

/** The list stays the same object until something changes, so the work is done once per change and not per look. */
const grouped = new WeakMap<readonly Subscription[], ReadonlyMap<string, readonly Subscription[]>>();

function byCustomer(subscriptions: readonly Subscription[]): ReadonlyMap<string, readonly Subscription[]> {
  const known = grouped.get(subscriptions);
  if (known !== undefined) return known;
  const groups = new Map<string, Subscription[]>();
  for (const subscription of subscriptions) {
    const group = groups.get(subscription.customer);
    if (group === undefined) groups.set(subscription.customer, [subscription]);
    else group.push(subscription);
  }
  grouped.set(subscriptions, groups);
  return groups;
}

function customerLine(parts: ControlParts, books: Books, customer: Customer) {
  const subscription = foremost(books.subscriptions.get(customer.id) ?? []);
  const contacts = contactsOf(parts, customer);
  const { id, name, email, balance, delinquent } = customer;
  return {
    id,
    name,
    email,
    balance,
    delinquent,
    userId: userIdOf(customer),
    currency: customer.currency ?? subscription?.currency ?? null,
    paysBy: methodOf(books, subscription?.default_payment_method ?? customer.invoice_settings.default_payment_method),
    ...(subscription === undefined ? nothingBought : subscriptionFacts(books, subscription)),
    contactId: contacts[0]?.id ?? null,
    contactCount: contacts.length,
  };
}

const nothingBought = {
  plan: null,
  amount: null,
  interval: null,
  metered: false,
  status: null,
  endsAt: null,
  periodEnd: null,
} as const;

function subscriptionFacts(books: Books, subscription: Subscription) {
  const items = subscription.items.data;
  const [first] = items;
  return {
    plan: first === undefined ? null : planName(books, first.price),
    amount: amountOf(subscription),
    interval: first?.price.recurring?.interval ?? null,
    metered: items.some((item) => item.price.recurring?.usage_type === "metered"),
    status: subscription.status,
    // The portal plans an end with `cancel_at` alone.
    endsAt: subscription.cancel_at,
    periodEnd: first?.current_period_end ?? null,
  };
}

function methodOf(books: Books, id: string | null) {
  const method = id === null ? undefined : books.paymentMethod(id);
  if (method === undefined) return null;
  const { type, card, sepa_debit: debit } = method;
  return { type, brand: card?.brand ?? null, last4: (card ?? debit)?.last4 ?? "" };
}

/** The subscription that matters: one that is still running before one that ended, the newest first. */
function foremost(subscriptions: readonly Subscription[]): Subscription | undefined {
  const running = subscriptions.filter(({ status }) => status !== "canceled" && status !== "incomplete_expired");
  return running.at(-1) ?? subscriptions.at(-1);
}

function planName(books: Books, price: Price): string {
  return books.productName(price.product) ?? price.nickname ?? price.id;
}

/** Minor units per period; metered items have no amount of their own. */
function amountOf(subscription: Subscription): number {
  return subscription.items.data.reduce((sum, item) => sum + (item.price.unit_amount ?? 0) * (item.quantity ?? 0), 0);
}

function userIdOf(customer: Customer): string | null {
  const key = userIdKeys.find((name) => customer.metadata[name] !== undefined);
  return key === undefined ? null : (customer.metadata[key] ?? null);
}

/** By the user id first, then by the address, as people are matched in the product. */
function contactsOf({ intercom }: ControlParts, customer: Customer): readonly Contact[] {
  return intercom.contactsFor({ external_id: userIdOf(customer), email: customer.email });
}
