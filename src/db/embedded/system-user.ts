/** Chooses the account that PostgreSQL runs as: it refuses root, and every account without an entry in the user list. */
import { readFile } from "node:fs/promises";
import { userInfo } from "node:os";

import { EmbeddedDatabaseUnsupported } from "./failure.ts";

export type Ids = { readonly uid: number; readonly gid: number };

/** `switchTo` is absent when PostgreSQL runs as the account that Dunlin itself runs as. */
export type SystemUser = Ids & { readonly switchTo?: Ids };

type Account = { readonly name: string; readonly uid: number; readonly gid: number };

/** Accounts that exist for this purpose, best first. */
const preferredNames = ["postgres", "_postgres", "nobody"];

/**
 * The account for a data folder that belongs to `ownerUid`, or for a new one. Root takes the owner's, so that a folder
 * made by an ordinary user stays usable for them.
 */
export async function chooseSystemUser(ownerUid: number | undefined): Promise<SystemUser> {
  const { uid, gid } = ownIds();
  if (uid !== 0) {
    checkHasEntry(uid);
    return { uid, gid };
  }
  const account = chooseAccount(parseAccounts(await readAccounts()), ownerUid);
  if (account === undefined) {
    throw new EmbeddedDatabaseUnsupported(
      "PostgreSQL does not run as root, and there is no account postgres or nobody to run it as. Start Dunlin as an ordinary user.",
    );
  }
  return { uid: account.uid, gid: account.gid, switchTo: { uid: account.uid, gid: account.gid } };
}

/** The account that Dunlin itself runs as. */
export function ownIds(): Ids {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}

/** The owner of existing data if they have an account, else the first of the usual names. */
export function chooseAccount(accounts: readonly Account[], ownerUid: number | undefined): Account | undefined {
  const owner = accounts.find((account) => account.uid === ownerUid && account.uid > 0);
  if (owner !== undefined) return owner;
  return preferredNames
    .map((name) => accounts.find((account) => account.name === name && account.uid > 0))
    .find((account) => account !== undefined);
}

/** Reads the lines of a passwd file. */
export function parseAccounts(passwd: string): readonly Account[] {
  return passwd.split("\n").flatMap((line) => {
    const [name, , uid, gid] = line.split(":");
    if (name === undefined || uid === undefined || gid === undefined || line.startsWith("#")) return [];
    return [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}

async function readAccounts(): Promise<string> {
  try {
    return await readFile("/etc/passwd", "utf8");
  } catch {
    return "";
  }
}

/** PostgreSQL stops with "could not look up effective user ID" for an account such as `docker run -u 12345`. */
function checkHasEntry(uid: number): void {
  try {
    userInfo();
  } catch (error) {
    throw new EmbeddedDatabaseUnsupported(`user id ${uid} has no entry in the user list (/etc/passwd).`, {
      cause: error,
    });
  }
}
