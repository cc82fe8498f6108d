/** To whom an effect goes: the contact that the customer, or the one who leads their person, is linked to right now. */
import { findIdentities } from "../contacts/store.ts";
import type { Queryable } from "../db/pool.ts";
import { customerKeyText, type CustomerKey } from "../model/customer-key.ts";

/** `isFinal`: only a person can change that there is none. `isLeftOut`: it was decided that there is none at present. */
export type Addressee =
  | { readonly kind: "contact"; readonly contactId: string }
  | { readonly kind: "nobody"; readonly isFinal: boolean; readonly isLeftOut?: boolean; readonly why: string };

/** Looks the contact up through the customer's identity. */
export async function findAddressee(db: Queryable, customer: CustomerKey): Promise<Addressee> {
  const own = (await findIdentities(db, [customer])).get(customerKeyText(customer));
  const leader = own?.leader ?? null;
  const identity = leader === null ? own : (await findIdentities(db, [leader])).get(customerKeyText(leader));
  switch (identity?.state) {
    case "linked":
      if (identity.contactId !== null) return { kind: "contact", contactId: identity.contactId };
      return waiting("The customer is not linked to a contact yet.");
    case "gone":
      return { kind: "nobody", isFinal: true, why: "The customer's contact was deleted in Intercom." };
    case "ignored":
      return { kind: "nobody", isFinal: true, why: "A person decided that this customer has no contact." };
    case "quarantined":
      return waiting("Several contacts could be the customer's; a person has to decide: dunlin identity list");
    case "archived":
      return waiting("The customer's contact is archived in Intercom.");
    case "left_out":
      return { ...waiting("The customer has no contact in Intercom."), isLeftOut: true };
    case undefined:
      return waiting("The customer has no contact in Intercom.");
  }
}

function waiting(why: string): Extract<Addressee, { readonly kind: "nobody" }> {
  return { kind: "nobody", isFinal: false, why };
}
