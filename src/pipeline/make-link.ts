/** Makes the link that a customer gets in a message. */
import { findCopies } from "../billing/store.ts";
import type { Pool } from "../db/pool.ts";
import { linkLifetimeS, linkUrl, type LinkPurpose, type LinkSettings } from "../links/link.ts";
import { findGeneration } from "../links/store.ts";
import type { CustomerKey } from "../model/customer-key.ts";
import { AppError } from "../model/error.ts";

/** Nobody could open a link, since this server has no public address. */
export class LinksUnavailable extends AppError {
  readonly code = "LINKS_UNAVAILABLE";
  readonly kind = "invalid";
  constructor() {
    super("Links for customers need the address under which customers reach Dunlin. Set PUBLIC_URL.");
  }
}

/** The customer of a link is gone, and with them every link. */
export class LinkCustomerDeleted extends AppError {
  readonly code = "LINK_CUSTOMER_DELETED";
  readonly kind = "invalid";
  constructor({ account, customerId }: CustomerKey) {
    super(
      `${customerId} (account ${account}) was deleted in Stripe, so a link would open nothing. If the person has another customer, give its id.`,
    );
  }
}

export type LinkMaker = {
  readonly pool: Pool;
  /** Null without PUBLIC_URL. */
  readonly settings: LinkSettings | null;
  readonly nowMs: () => number;
};

export type LinkWish = CustomerKey & {
  readonly purpose: LinkPurpose;
  /** 14 days unless somebody says otherwise. */
  readonly lifetimeS?: number;
};

/** The address of a new link; null when this server has no public address. */
export async function makeLink(
  { pool, settings, nowMs }: LinkMaker,
  { purpose, account, customerId, lifetimeS = linkLifetimeS }: LinkWish,
): Promise<string | null> {
  if (!settings) return null;
  const generation = await findGeneration(pool, { account, customerId });
  const expiresS = Math.floor(nowMs() / 1000) + lifetimeS;
  return linkUrl(settings, { purpose, account, customerId, expiresS, generation });
}

/** The address of a new link that somebody asks for. Throws LinksUnavailable, or LinkCustomerDeleted. */
export async function makeLinkAsked(maker: LinkMaker, wish: LinkWish): Promise<string> {
  const copies = await findCopies(maker.pool, wish.account, [wish.customerId]);
  if (copies.some(({ kind, deleted }) => kind === "customer" && deleted)) throw new LinkCustomerDeleted(wish);
  const url = await makeLink(maker, wish);
  if (url === null) throw new LinksUnavailable();
  return url;
}
