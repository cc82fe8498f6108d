/** Station mapping: which kinds of Stripe objects an attribute follows from, so that one that is urgent makes their changes urgent. */
import type { ProfileField } from "../model/profile.ts";
import type { ObjectKind } from "../model/stripe-object.ts";
import type { Mapping } from "./mapping.ts";

const payments = ["charge", "refund", "dispute"] as const;

/** By field of the profile; the customer's own copy stands behind every field. */
const kindsOf: Readonly<Record<ProfileField, readonly ObjectKind[]>> = {
  customerId: [],
  livemode: [],
  email: [],
  name: [],
  phone: [],
  createdS: [],
  delinquent: [],
  metadata: [],
  locale: [],
  address: [],
  balance: ["subscription"],
  country: ["payment_method", "charge", "subscription"],
  subscription: ["subscription"],
  subscriptions: ["subscription", "product", "price"],
  "subscription.plan": ["subscription", "product", "price"],
  card: ["payment_method", "subscription"],
  paymentMethod: ["payment_method", "subscription"],
  statusDetail: ["subscription", "charge"],
  addons: ["subscription", "product"],
  subscriptionsCount: ["subscription"],
  recurring: ["subscription", "price", "coupon"],
  nextInvoice: ["subscription", "price", "coupon"],
  openInvoices: ["invoice", "charge", "subscription"],
  paymentFailure: ["charge", "dispute"],
  debit: ["charge", "dispute", "mandate"],
  lastPayment: ["charge"],
  lastPaidAtS: ["charge"],
  firstPaymentAtS: ["charge"],
  paymentCount: ["charge"],
  paymentsPerMonth: ["charge"],
  totalPaid: payments,
  averagePayment: payments,
  totalPaidReporting: payments,
  billingCredits: ["credit_balance"],
  entitlements: ["entitlements"],
  usage: ["usage", "subscription", "product", "price"],
};

/** The kinds of copies that a field of the profile can rest on. */
export function kindsBehind(field: ProfileField): readonly ObjectKind[] {
  return ["customer", ...kindsOf[field]];
}

const urgentOf = new WeakMap<Mapping, ReadonlySet<ObjectKind>>();

/** Kinds of objects whose changes are to leave at once, since an urgent attribute may show them. */
export function urgentKinds(mapping: Mapping): ReadonlySet<ObjectKind> {
  const known = urgentOf.get(mapping);
  if (known) return known;
  const fields = mapping.attributes.filter(({ isUrgent }) => isUrgent).flatMap(({ reads }) => reads);
  const kinds = new Set<ObjectKind>(fields.flatMap(kindsBehind));
  urgentOf.set(mapping, kinds);
  return kinds;
}
