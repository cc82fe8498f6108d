/** A door between Dunlin and its database that can be shut, as when the network or the server is gone. */
import { connect, createServer, type Socket } from "node:net";
import { freePort } from "./ports.ts";

export type DatabaseGate = {
  /** The database's address through the gate. */
  readonly url: string;
  /** Cuts every connection and refuses new ones. */
  shut(): Promise<void>;
  open(): Promise<void>;
  close(): Promise<void>;
};

/** Opens a gate in front of the database at this address. */
export async function createGate(databaseUrl: string): Promise<DatabaseGate> {
  const target = new URL(databaseUrl);
  const folder = target.searchParams.get("host");
  const port = await freePort();
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far =
      folder === null ? connect(Number(target.port || 5432), target.hostname) : connect(`${folder}/.s.PGSQL.5432`);
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  const open = (): Promise<void> => new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
  const shut = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  await open();
  return { url: throughGate(target, port), shut, open, close: () => (server.listening ? shut() : Promise.resolve()) };
}

function throughGate(target: URL, port: number): string {
  const user = target.searchParams.get("user") ?? target.username;
  const password = target.password === "" ? "" : `:${target.password}`;
  return `postgres://${user}${password}@127.0.0.1:${port}${target.pathname}`;
}
