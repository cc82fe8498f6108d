/**
 * One story about identity: contacts and customers of its own, and what must be so. Each customer's balance is a digit of
 * one number, so that a single value shows whose data a contact carries.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Random } from "../../../sandbox/kernel/types.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { createCustomer } from "../../../sandbox/stripe/resources/customers.ts";
import { eventually } from "../wait.ts";

export type AccountName = "main" | "shop";

export type SceneCustomer = {
  readonly id: string;
  readonly account: AccountName;
  readonly name: string;
  /** One credit of this customer, in minor units. */
  readonly unit: number;
  /** Every user id and address that it ever had. */
  readonly userIds: Set<string>;
  readonly emails: Set<string>;
};

export type CustomerInput = { readonly userId?: string; readonly email?: string; readonly account?: AccountName };

/** Whose data a contact may ever show, and whose it must show in the end. */
export type Rights = { readonly ever: readonly SceneCustomer[]; readonly finally: readonly SceneCustomer[] };

export type SceneParts = {
  readonly name: string;
  /** Keeps addresses, ids and amounts apart from other scenes'. */
  readonly number: number;
  readonly prime: number;
  readonly main: Sandbox;
  readonly shop: Sandbox;
  readonly random: Random;
  /** Resolves when Dunlin runs. */
  readonly started: Promise<void>;
  /** Throws while something is left to do for them. */
  readonly checkSettled: (customers: readonly SceneCustomer[]) => Promise<void>;
};

export const digits = 32;
const pauseMaxMs = 60;
const settleMs = 40_000;

export class Scene {
  readonly customers: SceneCustomer[] = [];
  readonly rights = new Map<string, Rights>();
  readonly #parts: SceneParts;

  constructor(parts: SceneParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  get prime(): number {
    return this.#parts.prime;
  }

  email(local: string): string {
    return `${local}.${this.#parts.number}@example.com`;
  }

  userId(name: string): string {
    return `${name}_${this.#parts.number}`;
  }

  /** Somebody whom Intercom has known for long. */
  user(contact: { readonly userId?: string; readonly email?: string }): string {
    return this.#contact("user", contact);
  }

  lead(email: string): string {
    return this.#contact("lead", { email });
  }

  /** A new customer with one credit. */
  customer({ userId, email, account = "main" }: CustomerInput): SceneCustomer {
    const sandbox = this.sandboxOf(account);
    const place = this.customers.length;
    const name = `${this.#parts.name}, customer ${place}`;
    const { id } = createCustomer(sandbox.stripe.world, {
      name,
      ...(email === undefined ? {} : { email }),
      ...(userId === undefined ? {} : { metadata: { user_id: userId } }),
    });
    const customer: SceneCustomer = {
      id,
      account,
      name,
      unit: this.#parts.prime * digits ** place,
      userIds: new Set(userId === undefined ? [] : [userId]),
      emails: new Set(email === undefined ? [] : [email]),
    };
    this.customers.push(customer);
    this.happens(customer);
    return customer;
  }

  /** One credit more, which has to be shown. */
  happens(...customers: readonly SceneCustomer[]): void {
    for (const { id, account, unit } of customers) {
      const { world, scenarios } = this.sandboxOf(account).stripe;
      if (world.tables.customers.get(id) !== undefined) scenarios.addCredit(id, unit);
    }
  }

  change(customer: SceneCustomer, { userId, email }: Omit<CustomerInput, "account">): void {
    if (userId !== undefined) customer.userIds.add(userId);
    if (email !== undefined) customer.emails.add(email);
    this.sandboxOf(customer.account).stripe.scenarios.updateCustomer(customer.id, {
      ...(email === undefined ? {} : { email }),
      ...(userId === undefined ? {} : { metadata: { user_id: userId } }),
    });
  }

  get intercom(): Sandbox["intercom"] {
    return this.#parts.main.intercom;
  }

  get url(): string {
    return this.#parts.main.url;
  }

  sandboxOf(account: AccountName): Sandbox {
    return account === "main" ? this.#parts.main : this.#parts.shop;
  }

  /** Whom the contact may show. Nobody unless said otherwise. */
  belongs(contactId: string, ever: readonly SceneCustomer[], last: readonly SceneCustomer[] = ever): void {
    this.rights.set(contactId, { ever, finally: last });
  }

  /** Dunlin runs. */
  get started(): Promise<void> {
    return this.#parts.started;
  }

  /** Everything that has happened to this scene's customers so far was dealt with. */
  async settled(): Promise<void> {
    await this.started;
    try {
      await eventually(() => this.#parts.checkSettled(this.customers), { withinMs: settleMs, everyMs: 40 });
    } catch (error) {
      throw new Error(`"${this.name}" did not settle.`, { cause: error });
    }
  }

  /** A moment, of a length that chance decides: none is as likely as some. */
  async pause(): Promise<void> {
    const { random } = this.#parts;
    if (random.next() < 0.5) return;
    await delay(random.int(1, pauseMaxMs));
  }

  /** These steps in an order that chance decides, with moments between them. */
  async inAnyOrder(...steps: readonly (() => void)[]): Promise<void> {
    const { random } = this.#parts;
    const shuffled = steps.map((step) => ({ step, rank: random.next() })).toSorted((a, b) => a.rank - b.rank);
    for (const { step } of shuffled) {
      step();
      await this.pause();
    }
  }

  #contact(role: "user" | "lead", { userId, email }: { readonly userId?: string; readonly email?: string }): string {
    const { id } = this.intercom.seedContact({
      role,
      ...(userId === undefined ? {} : { external_id: userId }),
      ...(email === undefined ? {} : { email }),
    });
    this.belongs(id, []);
    return id;
  }
}

/** A story sets its scene up at once, and goes on when Dunlin runs. */
export type Story = (scene: Scene) => Promise<void>;

/** By name. */
export type Stories = Readonly<Record<string, Story>>;
