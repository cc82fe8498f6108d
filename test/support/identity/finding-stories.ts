/** Stories about finding somebody: by user id, by address, and when neither is certain. */
import { createContact } from "../intercom-app.ts";
import type { Stories } from "./scene.ts";

/** By name. */
export const findingStories: Stories = {
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
};
