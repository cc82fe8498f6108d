/** Names a Stripe customer among all connected accounts. */

export type CustomerKey = { readonly account: string; readonly customerId: string };

/** One text per customer, for maps and sets; neither part can hold a space. */
export function customerKeyText({ account, customerId }: CustomerKey): string {
  return `${account} ${customerId}`;
}

/** True when both name the same customer. */
export function isSameCustomer(a: CustomerKey, b: CustomerKey): boolean {
  return a.customerId === b.customerId && a.account === b.account;
}

/** The order in which rows are locked everywhere, so that two statements never wait for each other in a circle. */
export function byCustomerKey(a: CustomerKey, b: CustomerKey): number {
  if (a.account !== b.account) return a.account < b.account ? -1 : 1;
  if (a.customerId === b.customerId) return 0;
  return a.customerId < b.customerId ? -1 : 1;
}

/** Customers as two columns, the way statements take them with unnest. */
export function keyColumns(customers: readonly CustomerKey[]): [accounts: string[], customerIds: string[]] {
  return [customers.map(({ account }) => account), customers.map(({ customerId }) => customerId)];
}
