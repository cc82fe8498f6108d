/** The connection by which each process that uses the embedded server shows that it does, and notices its death. */
import { Socket } from "node:net";

import pg from "pg";

import { socketPort } from "../pool.ts";
import { embeddedRole } from "./cluster.ts";

/**
 * Users of the server hold this advisory lock together. Who leaves lets go of it and then tries to take it alone: that
 * works only for the last one, who therefore stops the server. PostgreSQL frees the locks of a killed process itself,
 * and whoever connects in that moment waits and sees the server go.
 */
const usersLock = 7_305_811;

export type Keeper = {
  readonly client: pg.Client;
  /** Resolves when the connection is gone, for whatever reason. */
  readonly lost: Promise<void>;
  /** From now on the connection alone does not keep the process alive. */
  rest(): void;
  /** Gives up the share; true when nobody else holds one, so that the server may be stopped. */
  leave(): Promise<boolean>;
  end(): Promise<void>;
};

/** Connects to the server of this data folder; undefined when the socket leads to the server of another one. */
export async function connectKeeper(socketFolder: string, cluster: string): Promise<Keeper | undefined> {
  const socket = new Socket();
  const client = new pg.Client({
    stream: () => socket,
    host: socketFolder,
    port: socketPort,
    user: embeddedRole,
    database: "postgres",
    ssl: false,
    application_name: "dunlin keeper",
    connectionTimeoutMillis: 5_000,
  });
  const lost = new Promise<void>((resolve) => client.once("end", resolve));
  client.on("error", () => undefined);
  await client.connect();
  try {
    const { rows } = await client.query<{ folder: string }>("select current_setting('data_directory') as folder");
    if (rows[0]?.folder !== cluster) {
      await client.end();
      return undefined;
    }
    await client.query("select pg_advisory_lock_shared($1)", [usersLock]);
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return {
    client,
    lost,
    rest: () => void socket.unref(),
    leave: () => leave(client, socket),
    end: () => client.end(),
  };
}

async function leave(client: pg.Client, socket: Socket): Promise<boolean> {
  socket.ref();
  await client.query("select pg_advisory_unlock_shared($1)", [usersLock]);
  const { rows } = await client.query<{ alone: boolean }>("select pg_try_advisory_lock($1) as alone", [usersLock]);
  return rows[0]?.alone === true;
}
