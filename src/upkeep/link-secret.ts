/** The secret that customer links are signed with: made at the first start, kept encrypted. */
import { randomBytes } from "node:crypto";
import { findSetting, keepSetting, replaceSetting } from "../connections/store.ts";
import type { Pool } from "../db/pool.ts";
import type { SecretBox } from "../lib/secret-box.ts";

const setting = "link-secret";

/**
 * The secret, the same on all nodes; made when there is none. One that was encrypted with another key is replaced, since
 * nothing else could bring links back: those made with it no longer work.
 */
export async function readLinkSecret(pool: Pool, box: SecretBox): Promise<string> {
  const stored = await findSetting(pool, setting);
  const known = open(box, stored);
  if (known !== undefined) return known;
  const fresh = randomBytes(32).toString("base64url");
  const sealed = box.seal(fresh, setting).toString("base64");
  if (stored !== undefined) await replaceSetting(pool, setting, { from: stored, to: sealed });
  // Whoever starts at the same moment may have been first.
  return open(box, await keepSetting(pool, setting, sealed)) ?? fresh;
}

function open(box: SecretBox, stored: unknown): string | undefined {
  return typeof stored === "string" ? box.open(Buffer.from(stored, "base64"), setting) : undefined;
}
