/** Makes the link that a customer gets in a message. */
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
