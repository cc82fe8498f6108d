/** The names of all Stripe accounts in SQL: keys and indexes begin with the account, so naming it is what makes an id quick to find. */

/** An array of every account that was ever connected, and of the main one, which need not be. */
export const everyAccount = "array(select account from connections where vendor = 'stripe' union select 'main')";
