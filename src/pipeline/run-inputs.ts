/** What is known about a person when their runs are looked at: loaded once for all of them. */
import { addBusinessDays as addBankDays, isBusinessDay } from "../billing/debits/business-days.ts";
import { findCopies } from "../billing/store.ts";
import { findIdentities } from "../contacts/store.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";
import type { PersonSignals } from "../model/person-signals.ts";
import { dayS } from "../lib/day.ts";
import type { ArbiterView } from "../rules/arbiter.ts";
import type { CompiledRules } from "../rules/program.ts";
import type { CustomerFacts, SentMessage } from "../rules/run.ts";
import { listSentMessages, listSpeakers, type Speaker } from "../rules/store.ts";
import { findPersonSignals } from "../signals/store.ts";
import type { Contexts } from "./context.ts";
import type { ProductCache } from "./load-customer.ts";
import { loadCopies, loadPerson, type Person } from "./person.ts";
import { arbiterFactsOf, factsOf } from "./rule-facts.ts";

/** Where what rules look at is loaded from. */
export type RuleGround = { readonly contexts: Contexts; readonly products: ProductCache };

/** Whom a run is about. */
export type Beheld =
  | { readonly kind: "follows"; readonly leader: CustomerKey }
  /** Stripe knows no such customer. */
  | { readonly kind: "unknown" }
  /** Their Stripe account is not connected here. */
  | { readonly kind: "elsewhere" }
  | { readonly kind: "person"; readonly known: KnownNow };

/** A person at one instant. */
export type KnownNow = {
  readonly customer: CustomerKey;
  /** The leader and those who follow: what was said to one of them was said to all. */
  readonly everybody: readonly CustomerKey[];
  readonly person: Person;
  /** Null while they have no contact. */
  readonly contactId: string | null;
  readonly facts: CustomerFacts;
  readonly signals: PersonSignals;
  readonly sent: readonly SentMessage[];
  readonly nowS: number;
};

/** Nothing is known to have happened. */
export const noSignals: PersonSignals = {
  repliedS: null,
  conversationId: null,
  openConversations: 0,
  unsubscribed: false,
};

/** The longest time that a cap can be about is 9,999 weeks; messages that are older than this are not looked for. */
const sentSinceS = 400 * dayS;

/** Loads what is known about a customer. Reads from Stripe what was never read. */
export async function beholdCustomer(
  { contexts, products }: RuleGround,
  customer: CustomerKey,
  nowS: number,
): Promise<Beheld> {
  const { pool } = contexts.main;
  const key = customerKeyText(customer);
  const identity = (await findIdentities(pool, [customer])).get(key);
  if (identity?.leader) return { kind: "follows", leader: identity.leader };
  if (!contexts.has(customer.account)) return { kind: "elsewhere" };
  const copies = (await loadCopies(contexts, [customer])).get(key) ?? [];
  const person = await loadPerson(contexts, products, { ...customer, copies, members: identity?.members ?? [] });
  if (!person) return { kind: "unknown" };
  const everybody = [customer, ...(identity?.members ?? [])];
  const contactId = identity?.state === "linked" ? identity.contactId : null;
  const [signals, sent] = await Promise.all([
    contactId === null ? noSignals : findPersonSignals(pool, contactId, 0),
    listSentMessages(pool, everybody, nowS - sentSinceS),
  ]);
  return {
    kind: "person",
    known: { customer, everybody, person, contactId, facts: factsOf(person, nowS), signals, sent, nowS },
  };
}

/**
 * The person with these invoices among their copies. The profile does without those that were paid some days ago; a run that
 * speaks about one of them may not.
 */
export async function withInvoices(
  { contexts }: RuleGround,
  known: KnownNow,
  invoiceIds: readonly string[],
): Promise<KnownNow> {
  const { person } = known;
  const there = new Set(person.customers.flatMap(({ copies }) => copies.invoices.map(({ id }) => id)));
  const missing = [...new Set(invoiceIds)].filter((id) => !there.has(id));
  if (missing.length === 0) return known;
  const customers = await Promise.all(
    person.customers.map(async (customer) => {
      const found = await findCopies(contexts.main.pool, customer.account, missing);
      const { id } = customer.copies.customer;
      const invoices = found.flatMap((copy) => (copy.kind === "invoice" && copy.customerId === id ? [copy] : []));
      return { ...customer, copies: { ...customer.copies, invoices: [...customer.copies.invoices, ...invoices] } };
    }),
  );
  return { ...known, person: { ...person, customers } };
}

/** Whether one of these objects is somebody's who is not of the person: who has left it since a run about them began. */
export async function isAboutAnother(
  { contexts }: RuleGround,
  { everybody }: Pick<KnownNow, "everybody">,
  ids: readonly string[],
): Promise<boolean> {
  const own = new Set(everybody.map(customerKeyText));
  const found = await Promise.all(
    contexts.all.map(async ({ account }) => {
      const copies = await findCopies(contexts.main.pool, account, ids);
      return copies.flatMap(({ customerId }) =>
        customerId === null ? [] : [customerKeyText({ account, customerId })],
      );
    }),
  );
  return found.flat().some((key) => !own.has(key));
}

/** Who speaks about these invoices, for the arbiter. */
export function loadSpeakers(
  { contexts }: RuleGround,
  { everybody }: Pick<KnownNow, "everybody">,
  invoiceIds: readonly string[],
): Promise<readonly Speaker[]> {
  return listSpeakers(contexts.main.pool, everybody, invoiceIds);
}

/** What the arbiter is told when a run of this rule wants to speak about this invoice. */
export function arbiterViewOf(
  rules: CompiledRules,
  { person, signals }: Pick<KnownNow, "person" | "signals">,
  {
    runId,
    invoiceId,
    speakers,
  }: { readonly runId: number; readonly invoiceId: string | null; readonly speakers: readonly Speaker[] },
): ArbiterView {
  const rivals = speakers
    .filter((other) => other.id !== runId && other.invoiceId === invoiceId && (other.hasSpoken || !other.hasEnded))
    .map(({ rule, startedS, hasSpoken }) => ({
      rule,
      startedS,
      hasSpoken,
      priority: rules.byName.get(rule)?.rule.priority ?? 0,
    }));
  return {
    ...arbiterFactsOf(person, invoiceId),
    stripeEmails: rules.document.dunning?.stripeEmails ?? false,
    rivals,
    openConversations: signals.openConversations,
  };
}

/** The same time so many business days of the bank calendar (TARGET2) later; earlier for a negative number. */
export function addBusinessDays(fromS: number, days: number): number {
  const day = Math.floor(fromS / dayS);
  const time = fromS - day * dayS;
  return (days >= 0 ? addBankDays("target2", day, days) : bankDaysBefore(day, -days)) * dayS + time;
}

function bankDaysBefore(day: number, count: number): number {
  let at = day;
  for (let left = count; left > 0;) {
    at -= 1;
    if (isBusinessDay("target2", at)) left -= 1;
  }
  return at;
}
