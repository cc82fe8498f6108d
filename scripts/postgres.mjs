/** Finds a PostgreSQL that is older than the embedded one, and starts it for the tests that are repeated on it. */
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Debian's places, the oldest supported version first. `TEST_OTHER_POSTGRES` names another folder. */
const folders = [
  process.env["TEST_OTHER_POSTGRES"] ?? "",
  ...["15", "16", "17"].map((version) => `/usr/lib/postgresql/${version}/bin`),
];

/** @typedef {{ name: string, url: string, stop: () => Promise<void> }} OtherPostgres */
/** @typedef {{ server: OtherPostgres, reason?: undefined } | { server?: undefined, reason: string }} Found */

/**
 * A server on loopback in a temporary folder, or the reason why there is none.
 * @returns {Promise<Found>}
 */
export async function startOtherPostgres() {
  const binaries = folders.find((folder) => folder !== "" && existsSync(join(folder, "initdb")));
  if (binaries === undefined) return { reason: "there is no PostgreSQL 15, 16 or 17 in /usr/lib/postgresql" };
  const user = process.getuid?.() === 0 ? findUser() : {};
  if (user === undefined) return { reason: "PostgreSQL does not run as root, and there is no account for it" };
  const data = mkdtempSync(join(tmpdir(), "dunlin-postgres-"));
  try {
    makeCluster(binaries, data, user);
    return { server: await startServer(binaries, data, user) };
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    return { reason: error instanceof Error ? error.message : String(error) };
  }
}

/** @typedef {{ uid?: number, gid?: number }} User */

/**
 * @param {string} binaries
 * @param {string} data
 * @param {User} user
 */
function makeCluster(binaries, data, user) {
  chmodSync(data, 0o700);
  if (user.uid !== undefined && user.gid !== undefined) chownSync(data, user.uid, user.gid);
  const init = ["-D", data, "-U", "tests", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-N"];
  const made = spawnSync(join(binaries, "initdb"), init, { cwd: "/", encoding: "utf8", ...user });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr?.trim() ?? made.error?.message}`);
}

/**
 * @param {string} binaries
 * @param {string} data
 * @param {User} user
 * @returns {Promise<OtherPostgres>}
 */
async function startServer(binaries, data, user) {
  const port = await freePort();
  const settings = {
    listen_addresses: "127.0.0.1",
    port,
    unix_socket_directories: "",
    fsync: "off",
    max_connections: 200,
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(join(binaries, "postgres"), ["-D", data, ...args], { cwd: "/", stdio: "ignore", ...user });
  const stop = async () => {
    await end(child);
    rmSync(data, { recursive: true, force: true });
  };
  if (!(await isReady(data, child))) {
    await stop();
    throw new Error("the server did not become ready");
  }
  const version = readFileSync(join(data, "PG_VERSION"), "utf8").trim();
  return { name: `PostgreSQL ${version}`, url: `postgres://tests@127.0.0.1:${port}/postgres`, stop };
}

/** The account that PostgreSQL runs as when we are root. */
function findUser() {
  const accounts = readFileSync("/etc/passwd", "utf8").split("\n");
  const found = ["postgres", "nobody"]
    .map((name) => accounts.find((line) => line.startsWith(`${name}:`)))
    .find((line) => line !== undefined);
  const [, , uid, gid] = found?.split(":") ?? [];
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** @returns {Promise<number>} */
function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/**
 * The last line of the file in which a running server says how it is.
 * @param {string} data
 * @param {import("node:child_process").ChildProcess} child
 */
async function isReady(data, child) {
  const file = join(data, "postmaster.pid");
  for (let attempt = 0; attempt < 600 && child.exitCode === null; attempt += 1) {
    if (existsSync(file) && /^ready\s*$/m.test(readFileSync(file, "utf8"))) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

/** @param {import("node:child_process").ChildProcess} child */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGINT"); // the fast shutdown
  await exit;
}
