/** Another PostgreSQL than the embedded one, of the oldest version that Dunlin supports where the machine has it. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, chown, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createPool } from "../../src/db/pool.ts";
import { chooseSystemUser } from "../../src/db/embedded/system-user.ts";
import { createEmptyDatabase } from "./database.ts";
import { uniqueName } from "./database-template.ts";
import { addressOf } from "./home.ts";
import { freePort } from "./ports.ts";
import { eventually } from "./wait.ts";

export type OtherServer = {
  /** For people, e.g. PostgreSQL 15.14. */
  readonly version: string;
  /** A new, empty database that belongs to an ordinary role; its address. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
};

const run = promisify(execFile);

/** Debian's places, the oldest first. `TEST_OTHER_POSTGRES` names another folder with `initdb` and `postgres`. */
const folders = [
  process.env["TEST_OTHER_POSTGRES"] ?? "",
  ...["15", "16", "17"].map((version) => `/usr/lib/postgresql/${version}/bin`),
];

function findBinaries(): string | undefined {
  return folders.find((folder) => folder !== "" && existsSync(join(folder, "initdb")));
}

/** Starts it on loopback; where there is none, the embedded version of the test run takes its place. */
export async function openOtherServer(): Promise<OtherServer> {
  const binaries = findBinaries();
  return binaries === undefined ? await standIn() : await start(binaries);
}

async function standIn(): Promise<OtherServer> {
  const made: { drop(): Promise<void> }[] = [];
  return {
    version: "the embedded PostgreSQL",
    createDatabase: async () => {
      const database = await createEmptyDatabase();
      made.push(database);
      return addressOf(database.config);
    },
    stop: async () => {
      for (const database of made) await database.drop();
    },
  };
}

const superuser = "keeper";
/** Owns the databases, and may do nothing else. */
const owner = "dunlin_app";
const password = "pass:w@rd";

async function start(binaries: string): Promise<OtherServer> {
  const { switchTo } = await chooseSystemUser(undefined);
  const folder = await mkdtemp(join(tmpdir(), "dunlin-other-"));
  await chmod(folder, 0o700);
  if (switchTo) await chown(folder, switchTo.uid, switchTo.gid);
  const data = join(folder, "data");
  const ids = switchTo ?? {};
  const initdb = ["-D", data, "-U", superuser, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "-N"];
  await run(join(binaries, "initdb"), initdb, { cwd: "/", ...ids });
  const port = await freePort();
  const settings = { listen_addresses: "127.0.0.1", port: String(port), unix_socket_directories: "", fsync: "off" };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(join(binaries, "postgres"), ["-D", data, ...args], { cwd: "/", stdio: "ignore", ...ids });
  const admin = createPool({ kind: "url", url: `postgres://${superuser}@127.0.0.1:${port}/postgres` }, { max: 1 });
  await eventually(() => admin.query("select 1"), { withinMs: 20_000 });
  await admin.query(`create role ${owner} login password '${password}'`);
  const { rows } = await admin.query<{ server_version: string }>("show server_version");
  return {
    version: `PostgreSQL ${rows[0]?.server_version.split(" ")[0] ?? "?"}`,
    createDatabase: async () => {
      const name = uniqueName("dunlin_other");
      await admin.query(`create database ${name} owner ${owner}`);
      return `postgres://${owner}:${encodeURIComponent(password)}@127.0.0.1:${port}/${name}`;
    },
    stop: async () => {
      await admin.end();
      await end(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGINT"); // the fast shutdown
  await exit;
}
