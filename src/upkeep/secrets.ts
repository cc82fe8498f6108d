/** The installation's own secrets: the key of the stored credentials, and the admin token. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, link, mkdir, readFile, stat, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../lib/json.ts";
import { hashToken } from "../lib/hash.ts";
import { findSetting, keepSetting } from "../connections/store.ts";
import type { Pool } from "../db/pool.ts";
import { AppError } from "../model/error.ts";

/** The key file can be read by others. */
export class KeyFileExposed extends AppError {
  readonly code = "KEY_FILE_EXPOSED";
  readonly kind = "invalid";
  constructor(path: string) {
    super(
      `Other users of this machine can read ${path}. Run \`chmod 600\` on it; if they may have done so, connect again with new keys.`,
    );
  }
}

const keyFileName = "secret.key";

/** The operator's key, else the one in the data folder, made at the first start with mode 0600. */
export async function readSecretKey(given: string | undefined, dataDir: string): Promise<string> {
  if (given !== undefined) return given;
  const path = join(dataDir, keyFileName);
  await mkdir(dataDir, { recursive: true });
  if (!existsSync(path)) await makeKeyFile(path);
  if (process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0) throw new KeyFileExposed(path);
  return (await readFile(path, "utf8")).trim();
}

/** Written under another name first: whoever starts at the same moment must never read half a key. The first one counts. */
async function makeKeyFile(path: string): Promise<void> {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString("hex")}`;
  await writeFile(draft, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  try {
    await chmod(draft, 0o600);
    await link(draft, path);
  } catch (error) {
    if (!isRecord(error) || error["code"] !== "EEXIST") throw error;
  } finally {
    await unlink(draft);
  }
}

const tokenSetting = "admin-token-hash";

/** The hash of the admin token; `fresh` is the token itself when it was made just now and must be shown once. */
export async function readAdminToken(
  pool: Pool,
  given: string | undefined,
): Promise<{ readonly hash: string; readonly fresh: string | undefined }> {
  if (given !== undefined) return { hash: hashToken(given), fresh: undefined };
  const stored = await findSetting(pool, tokenSetting);
  if (typeof stored === "string") return { hash: stored, fresh: undefined };
  const token = randomBytes(24).toString("base64url");
  const kept = await keepSetting(pool, tokenSetting, hashToken(token));
  return { hash: String(kept), fresh: kept === hashToken(token) ? token : undefined };
}
