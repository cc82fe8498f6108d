/**
 * Stories in which one could take somebody for somebody else, each with who is right by the documented rules: a person's
 * decision, the stored link, the user id, the address of exactly one user; leads never; customers who find one contact are
 * one person; in doubt nobody.
 */
import { createContact, unarchiveContact } from "../intercom-app.ts";
import type { Scene } from "./scene.ts";

export type Story = (scene: Scene) => Promise<void>;

/** By name. A story sets its scene up at once, and goes on when Dunlin runs. */
export const stories: Readonly<Record<string, Story>> = {
  "the user id counts more than the address": async (s) => {
    const [byId, byEmail] = [s.user({ userId: s.userId("u"), email: s.email("a") }), s.user({ email: s.email("b") })];
    s.belongs(byId, [s.customer({ userId: s.userId("u"), email: s.email("b") })]);
    s.belongs(byEmail, []);
    await s.settled();
  },

  "the address of exactly one user": async (s) => {
    const contact = s.user({ email: s.email("a") });
    s.belongs(contact, [s.customer({ email: s.email("a") })]);
    await s.settled();
  },

  "an address that two users share": async (s) => {
    s.user({ userId: s.userId("x"), email: s.email("a") });
    s.user({ userId: s.userId("y"), email: s.email("a") });
    s.customer({ email: s.email("a") });
    await s.settled();
  },

  "an address that two users share, and the customer's user id is one's": async (s) => {
    s.user({ userId: s.userId("x"), email: s.email("a") });
    const own = s.user({ userId: s.userId("y"), email: s.email("a") });
    s.belongs(own, [s.customer({ userId: s.userId("y"), email: s.email("a") })]);
    await s.settled();
  },

  "two users share an address, and the customer's user id is nobody's": async (s) => {
    s.user({ userId: s.userId("x"), email: s.email("a") });
    s.user({ userId: s.userId("y"), email: s.email("a") });
    s.customer({ userId: s.userId("z"), email: s.email("a") });
    await s.settled();
  },

  "the address belongs to a user with another user id": async (s) => {
    s.user({ userId: s.userId("x"), email: s.email("a") });
    s.customer({ userId: s.userId("z"), email: s.email("a") });
    await s.settled();
  },

  "two users sign up with one address a moment before the purchase": async (s) => {
    await s.started;
    const [x, y] = await Promise.all(
      ["x", "y"].map((name) =>
        createContact({ url: s.url }, { role: "user", external_id: s.userId(name), email: s.email("a") }),
      ),
    );
    for (const id of [x, y]) if (id !== undefined) s.belongs(id, []);
    s.customer({ email: s.email("a") });
    await s.settled();
  },

  "leads with the address": async (s) => {
    s.lead(s.email("a"));
    s.lead(s.email("a"));
    s.customer({ email: s.email("a") });
    await s.settled();
  },

  "a lead and a user with the address": async (s) => {
    s.lead(s.email("a"));
    const contact = s.user({ email: s.email("a") });
    s.belongs(contact, [s.customer({ email: s.email("a") })]);
    await s.settled();
  },

  "capitals and spaces around the address": async (s) => {
    const contact = s.user({ email: s.email("mixed.case") });
    s.belongs(contact, [s.customer({ email: `  ${s.email("Mixed.CASE").toUpperCase()} ` })]);
    await s.settled();
  },

  "one address in two Unicode forms": async (s) => {
    const contact = s.user({ email: s.email("jos\u00e9") });
    s.belongs(contact, [s.customer({ email: s.email("jose\u0301") })]);
    await s.settled();
  },

  "addresses that only look alike": async (s) => {
    s.user({ email: s.email("ali") });
    s.user({ email: s.email("ann") });
    s.user({ email: s.email("strasse") });
    for (const local of ["al\u0131", "\uff41li", "\u0430nn", "ann\u200b", "ann+x", "a.nn", "\u00c1nn", "stra\u00dfe"])
      s.customer({ email: s.email(local) });
    await s.settled();
  },

  "two customers swap their addresses": async (s) => {
    const [first, second] = [s.user({ email: s.email("a") }), s.user({ email: s.email("b") })];
    const [one, two] = [s.customer({ email: s.email("a") }), s.customer({ email: s.email("b") })];
    s.belongs(first, [one]);
    s.belongs(second, [two]);
    await s.settled();
    await s.inAnyOrder(
      () => s.change(one, { email: s.email("b") }),
      () => s.change(two, { email: s.email("a") }),
      () => s.happens(one, two),
    );
    await s.settled();
    s.happens(two, one);
  },

  "a customer takes an address that another contact has": async (s) => {
    const [own, other] = [s.user({ email: s.email("a") }), s.user({ email: s.email("b") })];
    const customer = s.customer({ email: s.email("a") });
    s.belongs(own, [customer]);
    s.belongs(other, []);
    await s.settled();
    await s.inAnyOrder(
      () => s.change(customer, { email: s.email("b") }),
      () => s.happens(customer),
    );
  },

  "the contact's address is changed by hand and given to somebody else": async (s) => {
    const [own, other] = [s.user({ email: s.email("a") }), s.user({ email: s.email("b") })];
    const customer = s.customer({ email: s.email("a") });
    s.belongs(own, [customer]);
    s.belongs(other, []);
    await s.settled();
    s.intercom.editContact(own, { email: s.email("c") });
    s.intercom.editContact(other, { email: s.email("a") });
    await s.pause();
    s.happens(customer);
  },

  "the user id in Stripe is corrected to another contact's": async (s) => {
    const [wrong, right] = [s.user({ userId: s.userId("u") }), s.user({ userId: s.userId("v") })];
    const customer = s.customer({ userId: s.userId("u") });
    s.belongs(wrong, [customer], []);
    s.belongs(right, [customer]);
    await s.settled();
    await s.inAnyOrder(
      () => s.change(customer, { userId: s.userId("v") }),
      () => s.happens(customer),
    );
  },

  "the user id in Stripe is changed to that of somebody who is a customer too": async (s) => {
    const [left, joined] = [s.user({ userId: s.userId("u") }), s.user({ userId: s.userId("v") })];
    const [mover, other] = [s.customer({ userId: s.userId("u") }), s.customer({ userId: s.userId("v") })];
    s.belongs(left, [mover], []);
    s.belongs(joined, [mover, other]);
    await s.settled();
    await s.inAnyOrder(
      () => s.change(mover, { userId: s.userId("v") }),
      () => s.happens(mover, other),
    );
  },

  "two customers swap their user ids": async (s) => {
    const [first, second] = [s.user({ userId: s.userId("u") }), s.user({ userId: s.userId("v") })];
    const [one, two] = [s.customer({ userId: s.userId("u") }), s.customer({ userId: s.userId("v") })];
    s.belongs(first, [one, two], [two]);
    s.belongs(second, [one, two], [one]);
    await s.settled();
    await s.inAnyOrder(
      () => s.change(one, { userId: s.userId("v") }),
      () => s.change(two, { userId: s.userId("u") }),
    );
    await s.settled();
    s.happens(one, two);
  },

  "an address led to a user, and then Stripe names another user id": async (s) => {
    const [byEmail, byId] = [s.user({ userId: s.userId("u"), email: s.email("a") }), s.user({ userId: s.userId("v") })];
    const customer = s.customer({ email: s.email("a") });
    s.belongs(byEmail, [customer], []);
    s.belongs(byId, [customer]);
    await s.settled();
    await s.inAnyOrder(
      () => s.change(customer, { userId: s.userId("v") }),
      () => s.happens(customer),
    );
  },

  "an address led to a user without id, and then Stripe names a user id that nobody has": async (s) => {
    const contact = s.user({ email: s.email("a") });
    const customer = s.customer({ email: s.email("a") });
    s.belongs(contact, [customer]);
    await s.settled();
    s.change(customer, { userId: s.userId("v") });
    await s.pause();
    s.happens(customer);
  },

  "an address led to a user without id, and then Stripe names another contact's user id": async (s) => {
    const [byEmail, byId] = [s.user({ email: s.email("a") }), s.user({ userId: s.userId("v") })];
    const customer = s.customer({ email: s.email("a") });
    s.belongs(byEmail, [customer], []);
    s.belongs(byId, [customer]);
    await s.settled();
    s.change(customer, { userId: s.userId("v") });
    await s.pause();
    s.happens(customer);
  },

  "the external id of a linked contact changes and goes to another contact": async (s) => {
    const own = s.user({ userId: s.userId("u") });
    const customer = s.customer({ userId: s.userId("u") });
    s.belongs(own, [customer]);
    await s.settled();
    s.intercom.editContact(own, { external_id: s.userId("renamed") });
    s.user({ userId: s.userId("u") });
    await s.pause();
    s.happens(customer);
  },

  "a contact is archived and comes back": async (s) => {
    const contact = s.user({ userId: s.userId("u"), email: s.email("a") });
    const customer = s.customer({ userId: s.userId("u"), email: s.email("a") });
    s.belongs(contact, [customer]);
    await s.settled();
    s.intercom.archiveContact(contact);
    await s.pause();
    s.happens(customer);
    await s.settled();
    await unarchiveContact({ url: s.url }, contact);
    await s.pause();
  },

  "a contact is archived, and somebody else has the address": async (s) => {
    const contact = s.user({ userId: s.userId("u"), email: s.email("a") });
    const customer = s.customer({ userId: s.userId("u"), email: s.email("a") });
    s.belongs(contact, [customer]);
    await s.settled();
    s.intercom.archiveContact(contact);
    s.user({ userId: s.userId("other"), email: s.email("a") });
    await s.pause();
    s.happens(customer);
  },

  "a contact is merged into a second, and that into a third": async (s) => {
    const [first, second, third] = [
      s.user({ userId: s.userId("u") }),
      s.user({ userId: s.userId("v") }),
      s.user({ userId: s.userId("w") }),
    ];
    const customer = s.customer({ userId: s.userId("u") });
    for (const contact of [first, second, third]) s.belongs(contact, [customer]);
    await s.settled();
    s.intercom.mergeContacts(first, second);
    await s.pause();
    s.happens(customer);
    s.intercom.mergeContacts(second, third);
    await s.pause();
    s.happens(customer);
  },

  "a contact was merged before its customer is looked up": async (s) => {
    const [first, second] = [s.user({ userId: s.userId("u") }), s.user({ userId: s.userId("v") })];
    s.intercom.mergeContacts(first, second);
    s.belongs(second, [s.customer({ userId: s.userId("u") })]);
    await s.settled();
  },

  "a lead is merged into a user": async (s) => {
    const [lead, user] = [s.lead(s.email("a")), s.user({ email: s.email("a") })];
    const customer = s.customer({ email: s.email("a") });
    s.belongs(user, [customer]);
    await s.settled();
    s.intercom.mergeContacts(lead, user);
    s.happens(customer);
  },

  "the contacts of two customers are merged": async (s) => {
    const [first, second] = [s.user({ userId: s.userId("u") }), s.user({ userId: s.userId("v") })];
    const [one, two] = [s.customer({ userId: s.userId("u") }), s.customer({ userId: s.userId("v") })];
    s.belongs(first, [one]);
    s.belongs(second, [one, two]);
    await s.settled();
    s.intercom.mergeContacts(first, second);
    await s.pause();
    s.happens(one, two);
  },

  "a contact is deleted, and somebody else comes with the address": async (s) => {
    const contact = s.user({ userId: s.userId("u"), email: s.email("a") });
    const customer = s.customer({ userId: s.userId("u"), email: s.email("a") });
    s.belongs(contact, [customer]);
    await s.settled();
    s.intercom.deleteContact(contact);
    await s.pause();
    s.happens(customer);
    await s.settled();
    s.user({ userId: s.userId("v"), email: s.email("a") });
    s.happens(customer);
  },

  "a contact that an address led to is deleted and made anew": async (s) => {
    const contact = s.user({ userId: s.userId("u"), email: s.email("a") });
    const customer = s.customer({ email: s.email("a") });
    s.belongs(contact, [customer]);
    await s.settled();
    s.intercom.deleteContact(contact);
    await s.settled();
    const anew = await createContact({ url: s.url }, { role: "user", external_id: s.userId("v"), email: s.email("a") });
    s.belongs(anew, []);
    await s.pause();
    s.happens(customer);
  },

  "two customers with one user id": async (s) => {
    const contact = s.user({ userId: s.userId("u") });
    s.belongs(contact, [s.customer({ userId: s.userId("u") }), s.customer({ userId: s.userId("u") })]);
    await s.settled();
  },

  "three customers with one address": async (s) => {
    const contact = s.user({ email: s.email("a") });
    s.belongs(
      contact,
      [s.email("a"), s.email("A"), ` ${s.email("a")}`].map((email) => s.customer({ email })),
    );
    await s.settled();
    s.happens(...s.customers);
  },

  "two customers of two Stripe accounts with one user id": async (s) => {
    const contact = s.user({ userId: s.userId("u") });
    s.belongs(contact, [s.customer({ userId: s.userId("u") }), s.customer({ userId: s.userId("u"), account: "shop" })]);
    await s.settled();
  },

  "two customers of two Stripe accounts with one address": async (s) => {
    const contact = s.user({ email: s.email("a") });
    s.belongs(contact, [s.customer({ email: s.email("A"), account: "shop" }), s.customer({ email: s.email("a") })]);
    await s.settled();
    s.happens(...s.customers);
  },

  "a customer of another Stripe account alone": async (s) => {
    const contact = s.user({ userId: s.userId("u") });
    s.belongs(contact, [s.customer({ userId: s.userId("u"), account: "shop" })]);
    await s.settled();
  },

  "one of two customers leaves the person": async (s) => {
    const [shared, own] = [s.user({ userId: s.userId("u") }), s.user({ userId: s.userId("v") })];
    const [stays, goes] = [s.customer({ userId: s.userId("u") }), s.customer({ userId: s.userId("u") })];
    s.belongs(shared, [stays, goes], [stays]);
    s.belongs(own, [goes]);
    await s.settled();
    s.change(goes, { userId: s.userId("v") });
    await s.pause();
    s.happens(stays, goes);
  },

  "the first of three customers leaves the person": async (s) => {
    const [shared, own] = [s.user({ userId: s.userId("u") }), s.user({ userId: s.userId("v") })];
    const goes = s.customer({ userId: s.userId("u") });
    await s.settled();
    const stay = [s.customer({ userId: s.userId("u") }), s.customer({ userId: s.userId("u"), account: "shop" })];
    s.belongs(shared, [goes, ...stay], stay);
    s.belongs(own, [goes]);
    await s.settled();
    s.change(goes, { userId: s.userId("v") });
    await s.pause();
    s.happens(goes, ...stay);
  },

  "a customer of the person is deleted in Stripe": async (s) => {
    const contact = s.user({ userId: s.userId("u") });
    const [stays, ends] = [s.customer({ userId: s.userId("u") }), s.customer({ userId: s.userId("u") })];
    s.belongs(contact, [stays, ends], [stays]);
    await s.settled();
    s.sandboxOf("main").stripe.scenarios.deleteCustomer(ends.id);
    await s.pause();
    s.happens(stays);
  },

  "two new customers of one person, whom Intercom does not know": async (s) => {
    await s.started;
    const input = { userId: s.userId("u"), email: s.email("a") };
    await s.inAnyOrder(
      () => void s.customer(input),
      () => void s.customer(input),
    );
    await s.settled();
    s.happens(...s.customers);
  },
};
