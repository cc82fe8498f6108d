/**
 * A person's past, told step by step from what is recorded: each event is folded into copies as when it was received, and
 * triggers are told from what it changed. What lies before the journal is made up from the newest copies.
 */
import type { SimulationBasis } from "../../../contract/simulation.ts";
import { foldEvents, snapshotOfEvent, type Outcome } from "../../billing/apply.ts";
import type { Snapshot } from "../../billing/one-second.ts";
import { momentsOf } from "../../billing/moments.ts";
import type { ObjectChange } from "../../billing/moments/change.ts";
import { momentOfCrossing } from "../../billing/moments/crossings.ts";
import type { Moment } from "../../billing/moments/moment.ts";
import type { FindCopy } from "../../billing/customer-of.ts";
import { buildPerson, type PersonCustomer } from "../../billing/person.ts";
import { groupCatalogue, groupCopies } from "../../billing/profile.ts";
import { mainAccount } from "../../connections/connection.ts";
import { useOf } from "../../events/catalogue.ts";
import type { CustomerKey } from "../../model/customer-key.ts";
import type { StripeEvent } from "../../model/stripe-event.ts";
import { usageId, type ObjectCopy } from "../../model/stripe-object.ts";
import type { KeptCrossing } from "../../model/usage.ts";
import type { CustomerFacts, PersonSignals, Trigger } from "../../rules/run.ts";
import type { Life, Occurrence } from "../../rules/time-machine/life.ts";
import { addUpSignals, type LatestSignal } from "../../signals/person.ts";
import type { ContactSignal } from "../../signals/signal.ts";
import { catalogueIdsOf } from "../load-customer.ts";
import { triggerOfEvent, triggerOfMoment, triggerOfSignal } from "../match-rules.ts";
import { momentAgeMaxS } from "../plan-moments.ts";
import { arbiterFactsOf, factsOf, invoiceOf, type KnownPerson } from "../rule-facts.ts";
import type { Interest } from "./interest.ts";
import { hasPaidBefore } from "./first-payment.ts";
import { planPast, readRecorded, settleDoubt, type SilentCopy, type Stretch } from "./past.ts";
import { objectOfPast } from "./reconstruct.ts";
import { readingOf } from "./reading.ts";
import type { PersonRecord, RecordedEvent } from "./record.ts";
import type { SimulationGround } from "./ground.ts";

type Account = {
  readonly copies: Map<string, ObjectCopy>;
  readonly find: FindCopy;
  /** What was heard last, and of the same second: such events are put in order by their bodies. */
  readonly second: { createdS: number; readonly snapshots: Map<string, Snapshot> };
};

type Happening =
  | { readonly kind: "event"; readonly atS: number; readonly event: RecordedEvent }
  | {
      readonly kind: "past";
      readonly atS: number;
      readonly account: string;
      readonly type: string;
      readonly copy: ObjectCopy;
    }
  | { readonly kind: "silent"; readonly atS: number; readonly silent: SilentCopy }
  | { readonly kind: "signal"; readonly atS: number; readonly signal: ContactSignal }
  | { readonly kind: "crossing"; readonly atS: number; readonly crossing: KeptCrossing & { readonly account: string } };

export class PersonLife implements Life {
  readonly person: CustomerKey;
  readonly #record: PersonRecord;
  readonly #ground: SimulationGround;
  readonly #interest: Interest;
  readonly #accounts = new Map<string, Account>();
  readonly #happenings: readonly Happening[];
  readonly #told = new Set<string>();
  /** Of all accounts something is recorded from then on (unix seconds). */
  readonly #journalS: number;
  /** Copies that rest on a guess. */
  readonly #guesses = new Set<string>();
  readonly #signals: LatestSignal[] = [];
  #at = 0;
  #revision = 0;
  #known: { readonly revision: number; readonly person: KnownPerson | null } | undefined;
  #facts: { readonly revision: number; readonly nowS: number; readonly facts: CustomerFacts | null } | undefined;

  constructor(record: PersonRecord, stretch: Stretch, { ground, interest }: Witness) {
    this.person = record.leader;
    this.#record = record;
    this.#ground = ground;
    this.#interest = interest;
    this.#journalS = Math.max(...record.customers.map(({ account }) => stretch.journalSince(account)));
    const { silent, past } = planPast(record, stretch);
    const happenings: Happening[] = [
      ...past.map(({ account, atS, type, copy }): Happening => ({ kind: "past", atS, account, type, copy })),
      ...silent
        .filter(({ atS }) => atS > stretch.fromS)
        .map((one): Happening => ({ kind: "silent", atS: one.atS, silent: one })),
      ...record.events.map((event): Happening => ({ kind: "event", atS: event.heardS, event })),
      ...record.signals.map((signal): Happening => ({ kind: "signal", atS: signal.atS, signal })),
      ...record.crossings.map((crossing): Happening => ({ kind: "crossing", atS: crossing.atS, crossing })),
    ];
    for (const one of silent) if (one.atS <= stretch.fromS) this.#putSilently(one);
    // Sorting is stable: of one second the made-up past comes first, then events as they were heard.
    this.#happenings = happenings.sort((a, b) => a.atS - b.atS);
    this.#skipTo(stretch.fromS);
  }

  nextS = (): number | undefined => this.#happenings[this.#at]?.atS;

  next = (): Occurrence => {
    const happening = this.#happenings[this.#at];
    if (!happening) throw new Error("Nothing more has happened.");
    this.#at += 1;
    return this.#tell(happening);
  };

  label = (): string | null => {
    const copy = this.#account(this.person.account).find(this.person.customerId);
    const newest = copy ?? this.#record.copies.find(({ copy: { id } }) => id === this.person.customerId)?.copy;
    return newest?.kind === "customer" ? (newest.facts.name ?? newest.facts.email) : null;
  };

  factsAt = (nowS: number): CustomerFacts | null => {
    const cached = this.#facts;
    const wanted = this.#interest.facts;
    if (cached?.revision === this.#revision && (cached.nowS === nowS || !wanted.hasAges)) return cached.facts;
    const person = this.known();
    const facts = person && factsOf(person, nowS, wanted);
    this.#facts = { revision: this.#revision, nowS, facts };
    return facts;
  };

  basisAt = (nowS: number): SimulationBasis =>
    nowS < this.#journalS || this.#guesses.size > 0 ? "reconstructed" : "exact";

  signalsAt = (_nowS: number, sinceS: number): PersonSignals => addUpSignals(this.#signals, sinceS);

  invoiceOf = (trigger: Trigger): string | null => {
    const person = this.known();
    return person && invoiceOf(trigger, person);
  };

  arbiterFacts: Life["arbiterFacts"] = (invoiceId) => {
    const person = this.known();
    return person && this.#interest.hasDunning ? arbiterFactsOf(person, invoiceId) : { invoice: null, failure: null };
  };

  /** The person as they are known after all that was told; null as long as Stripe has no such customer. Built when it is asked for. */
  known = (): KnownPerson | null => {
    if (this.#known?.revision === this.#revision) return this.#known.person;
    const customers = this.#record.customers.flatMap((customer) => this.#customerOf(customer) ?? []);
    const person = customers.length === 0 ? null : { ...buildPerson(customers, this.#ground.options), customers };
    this.#known = { revision: this.#revision, person };
    return person;
  };

  #customerOf({ account, customerId }: CustomerKey): PersonCustomer | null {
    const { copies } = this.#account(account);
    const own: ObjectCopy[] = [];
    for (const copy of copies.values()) if (copy.customerId === customerId && isOfProfile(copy)) own.push(copy);
    const grouped = groupCopies(customerId, own);
    if (!grouped) return null;
    const catalogue = catalogueIdsOf(grouped).flatMap((id) => this.#ground.catalogue.find(account, id) ?? []);
    const complete = { ...grouped, ...groupCatalogue(catalogue) };
    const livemode = this.#ground.liveAccounts.has(account);
    return { account, isMain: account === mainAccount, livemode, copies: complete };
  }

  #account(name: string): Account {
    const known = this.#accounts.get(name);
    if (known) return known;
    const copies = new Map<string, ObjectCopy>();
    const find: FindCopy = (id) => copies.get(id) ?? this.#ground.catalogue.find(name, id);
    const account = { copies, find, second: { createdS: 0, snapshots: new Map<string, Snapshot>() } };
    this.#accounts.set(name, account);
    return account;
  }

  #put(account: string, copy: ObjectCopy, isGuess = false): void {
    this.#account(account).copies.set(copy.id, copy);
    this.#revision += 1;
    if (isGuess) this.#guesses.add(`${account} ${copy.id}`);
    else if (this.#guesses.size > 0) this.#guesses.delete(`${account} ${copy.id}`);
  }

  #putSilently({ account, copy }: SilentCopy): void {
    this.#put(account, copy, copy.origin === "read");
  }

  /** What lies before the stretch is known when it begins, and told of nobody. */
  #skipTo(fromS: number): void {
    for (let one = this.#happenings[this.#at]; one !== undefined && one.atS < fromS; one = this.#happenings[this.#at]) {
      this.#at += 1;
      this.#tell(one);
    }
  }

  #tell(happening: Happening): Occurrence {
    switch (happening.kind) {
      case "event":
        return this.#hear(happening.event);
      case "past":
        return this.#imagine(happening);
      case "silent":
        this.#putSilently(happening.silent);
        return { atS: happening.atS, basis: "reconstructed", triggers: [], hasChanged: true };
      case "signal":
        return this.#hearSignal(happening.signal);
      case "crossing":
        return this.#cross(happening.crossing);
    }
  }

  #hear(recorded: RecordedEvent): Occurrence {
    const { account, heardS } = recorded;
    const event = readRecorded(recorded.body);
    const { outcome, isGuess } = this.#fold(account, event);
    const { stored, current } = outcome.change ?? {};
    if (current !== undefined && current !== stored) this.#put(account, current, isGuess);
    const basis: SimulationBasis = isGuess ? "reconstructed" : "exact";
    const moments = outcome.change ? this.#momentsOf(account, outcome.change, heardS) : [];
    const triggers = moments.map(triggerOfMoment);
    const isRecent = event.createdS >= heardS - momentAgeMaxS;
    if (isRecent && this.#interest.stripeTypes.has(event.type)) triggers.push(triggerOfEvent(event));
    // In earnest a change without a lane moves nothing either.
    return { atS: heardS, basis, triggers, hasChanged: outcome.lane !== null };
  }

  #fold(account: string, event: StripeEvent): { readonly outcome: Outcome; readonly isGuess: boolean } {
    const { find, second } = this.#account(account);
    if (second.createdS !== event.createdS) second.snapshots.clear();
    second.createdS = event.createdS;
    second.snapshots.set(event.id, snapshotOfEvent(event));
    const findSnapshot = (id: string): Snapshot | undefined =>
      second.snapshots.get(id) ?? this.#readSnapshot(account, id);
    const { outcomes } = foldEvents([{ event, use: useOf(event.type) }], { find, findSnapshot, describes: false });
    const [outcome] = outcomes;
    if (!outcome) throw new Error("The fold answers one outcome for each event.");
    if (outcome.state !== "waiting") return { outcome, isGuess: false };
    // In earnest Stripe was asked; its answer is not recorded, but what it had to tell beside the event stands in our copy.
    return settleDoubt(event, { outcome, find, newest: (id) => this.#newest(account, id) });
  }

  #readSnapshot(account: string, id: string): Snapshot | undefined {
    const found = this.#record.events.find((one) => one.id === id && one.account === account);
    return found && snapshotOfEvent(readRecorded(found.body));
  }

  #newest(account: string, id: string): ObjectCopy | undefined {
    return this.#record.copies.find((one) => one.account === account && one.copy.id === id)?.copy;
  }

  #imagine({ account, atS, type, copy }: Extract<Happening, { kind: "past" }>): Occurrence {
    const stored = this.#account(account).find(copy.id);
    const event = { id: `past:${copy.id}:${type}:${atS}`, type, object: objectOfPast(copy), createdS: atS };
    this.#put(account, copy, true);
    const occasion = { ...event, object: {}, previous: null };
    const moments = this.#momentsOf(account, { event: occasion, shown: copy, stored, current: copy }, atS);
    const triggers = moments.map(triggerOfMoment);
    if (this.#interest.stripeTypes.has(type)) triggers.push(triggerOfEvent(event));
    return { atS, basis: "reconstructed", triggers, hasChanged: true };
  }

  /** Moments that rules look at, each once, and none that had passed long before it was heard of. */
  #momentsOf(account: string, change: ObjectChange, heardS: number): readonly Moment[] {
    if (!this.#interest.tellingKinds.has(change.shown.kind)) return [];
    const { find } = this.#account(account);
    return momentsOf(change, find, this.#ground.options.planName).filter((moment) => {
      if (!this.#interest.moments.has(moment.name) || moment.occurredAtS < heardS - momentAgeMaxS) return false;
      if (this.#told.has(`${account} ${moment.key}`)) return false;
      if (moment.name === "first_payment" && hasPaidBefore(moment, this.#account(account).copies)) return false;
      this.#told.add(`${account} ${moment.key}`);
      return true;
    });
  }

  #hearSignal(signal: ContactSignal): Occurrence {
    const { kind, conversationId, atS } = signal;
    this.#signals.push({ kind, conversationId, atS, seq: this.#signals.length });
    // Runs look at who answered, which no profile shows.
    return { atS, basis: "exact", triggers: [triggerOfSignal(signal)], hasChanged: true };
  }

  #cross(crossing: KeptCrossing & { readonly account: string }): Occurrence {
    const { account, atS } = crossing;
    this.#put(account, readingOf(crossing, this.#newest(account, usageId(crossing.meter, crossing.customerId))));
    const isWanted = this.#interest.moments.has("usage_crossed");
    const triggers = isWanted ? [triggerOfMoment(momentOfCrossing(crossing))] : [];
    return { atS, basis: "exact", triggers, hasChanged: true };
  }
}

export type Witness = { readonly ground: SimulationGround; readonly interest: Interest };

/** Of the kinds that a profile is made of. */
function isOfProfile({ kind, deleted }: ObjectCopy): boolean {
  return kind !== "payment_intent" && (kind !== "invoice" || !deleted);
}
