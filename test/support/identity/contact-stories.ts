/** Stories about contacts that are archived, merged or deleted in Intercom. */
import { createContact, unarchiveContact } from "../intercom-app.ts";
import type { Stories } from "./scene.ts";

/** By name. */
export const contactStories: Stories = {
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
};
