/** Which customer is being linked to which contact right now, so that two never write to one contact. */

export class ContactClaims {
  readonly #customers = new Map<string, string>();

  /** True when the contact is this customer's from now on; false when another one was faster. */
  claim(contactId: string, customerId: string): boolean {
    const holder = this.#customers.get(contactId);
    if (holder !== undefined) return holder === customerId;
    this.#customers.set(contactId, customerId);
    return true;
  }

  /** The link is recorded, or came to nothing. */
  release(customerId: string): void {
    for (const [contactId, holder] of this.#customers) if (holder === customerId) this.#customers.delete(contactId);
  }
}
