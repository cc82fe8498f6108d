/** Decides where the parts of the embedded database live: the data, the socket and the log. */
import { createHash, randomUUID } from "node:crypto";
import { chmod, lstat, mkdir, readlink, realpath, rm, stat, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { errorCode } from "../failure.ts";
import { socketPort } from "../pool.ts";
import { EmbeddedDatabaseFolder } from "./failure.ts";
import { claimFolder, exists, findClosedFolder } from "./folders.ts";
import { chooseSystemUser } from "./system-user.ts";
import type { SystemUser } from "./system-user.ts";

export type Layout = {
  readonly user: SystemUser;
  /** Holds everything below; the account of the database can enter it. */
  readonly base: string;
  /** PostgreSQL's own data folder. */
  readonly cluster: string;
  readonly logFile: string;
};

/** Where root keeps the data when the given folder lies in a home that the database's account may not enter. */
const systemDataFolder = "/var/lib/dunlin";

/** The address of a unix socket holds 104 bytes on macOS and 108 on Linux, ending in a zero byte. */
const socketPathMax = 103;
const socketName = `/.s.PGSQL.${socketPort}`;

/** Makes the folders, as far as they are missing, and finds the account that may use them. */
export async function prepareLayout(dataDir: string): Promise<Layout> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 }).catch((error: unknown) => {
    throw new EmbeddedDatabaseFolder(`The data folder ${dataDir} cannot be made.`, { cause: error });
  });
  const given = await realpath(dataDir);
  const user = await chooseSystemUser(await ownerOf(join(given, "cluster")));
  const base = user.switchTo === undefined ? given : await findOpenBase(given, user);
  await checkOwner(base, user);
  const cluster = join(base, "cluster");
  return { user, base, cluster: await realpath(cluster).catch(() => cluster), logFile: join(base, "postgresql.log") };
}

/**
 * A folder for the socket that only the database's account can enter. It lies beside the data, where every process that
 * has the data finds it, unless the path is too long for a socket or the file system cannot hold one.
 */
export async function prepareSocketFolder(layout: Layout): Promise<string> {
  const name = `dunlin-${createHash("sha256").update(layout.base).digest("hex").slice(0, 12)}`;
  for (const folder of [join(layout.base, "run"), join(tmpdir(), name), join("/tmp", name)]) {
    if (Buffer.byteLength(folder + socketName) > socketPathMax) continue;
    if ((await claimFolder(folder, layout.user, 0o700)) && (await canHoldSocket(folder))) return folder;
  }
  throw new EmbeddedDatabaseFolder(
    `No folder can hold the socket of the embedded database: ${layout.base} is too long or on a file system without sockets, ` +
      `and ${join(tmpdir(), name)} belongs to somebody else. Choose a data folder with a shorter path.`,
  );
}

/** As root: the given folder, or the system's place for data when the way to it is closed; a link is left behind. */
async function findOpenBase(given: string, user: SystemUser): Promise<string> {
  const moved = await readlink(join(given, "cluster")).catch(() => "");
  if (moved.startsWith(`${systemDataFolder}/`)) return await makeBase(dirname(moved), given);
  const own = await stat(given);
  if (own.uid === 0 && (own.mode & 0o001) === 0) await chmod(given, own.mode | 0o011);
  const closed = await findClosedFolder(given, user);
  if (closed === undefined) return given;
  if (await exists(join(given, "cluster"))) {
    throw new EmbeddedDatabaseFolder(
      `The account of the embedded database may not enter ${closed}, which lies above its data in ${given}. ` +
        `Open the way (chmod o+x ${closed}), or move the data folder to a place outside it.`,
    );
  }
  return await moveOut(given, closed);
}

async function moveOut(given: string, closed: string): Promise<string> {
  const base = await makeBase(
    join(systemDataFolder, createHash("sha256").update(given).digest("hex").slice(0, 12)),
    closed,
  );
  await symlink(join(base, "cluster"), join(given, "cluster")).catch((error: unknown) => {
    if (errorCode(error) !== "EEXIST") throw error;
  });
  return base;
}

async function makeBase(base: string, closed: string): Promise<string> {
  try {
    await mkdir(base, { recursive: true, mode: 0o711 });
    return base;
  } catch (error) {
    throw new EmbeddedDatabaseFolder(
      `PostgreSQL does not run as root, and ${closed} is closed to every other account. ` +
        `Choose a data folder outside it, or start Dunlin as an ordinary user.`,
      { cause: error },
    );
  }
}

async function checkOwner(base: string, user: SystemUser): Promise<void> {
  const owner = await ownerOf(join(base, "cluster"));
  if (user.switchTo !== undefined || owner === undefined || owner === user.uid) return;
  throw new EmbeddedDatabaseFolder(
    `The data in ${base} belongs to user id ${owner}, and Dunlin runs as user id ${user.uid}. ` +
      `Start Dunlin as before, or give the folder to the new account (chown -R).`,
  );
}

async function ownerOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).uid;
  } catch (error) {
    if (errorCode(error) === "ENOENT") return undefined;
    // A folder that we may not look into belongs to somebody else, and the entry itself says to whom.
    return (await lstat(path)).uid;
  }
}

/** Some shared folders of virtual machines cannot hold sockets; trying costs a millisecond. */
async function canHoldSocket(folder: string): Promise<boolean> {
  const path = join(folder, `.s.${randomUUID().slice(0, 8)}`);
  const server = createServer();
  const holds = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(path, () => resolve(true));
  });
  if (holds) await new Promise((resolve) => server.close(resolve));
  await rm(path, { force: true });
  return holds;
}
