/** Stories about people who are several Stripe customers, also of several accounts. */
import type { Stories } from "./scene.ts";

/** By name. */
export const personStories: Stories = {
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
