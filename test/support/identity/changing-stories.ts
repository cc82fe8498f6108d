/** Stories about people whose address or user id changes after they were linked. */
import type { Stories } from "./scene.ts";

/** By name. */
export const changingStories: Stories = {
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
};
