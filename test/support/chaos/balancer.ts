/** What stands before several nodes in production: one address, each connection goes to a node that is alive. */
import { connect, createServer, type Socket } from "node:net";
import type { Random } from "../../../sandbox/kernel/types.ts";

export type Balancer = {
  readonly url: string;
  close(): Promise<void>;
};

/** Shares connections out among the ports; one that refuses is passed over, and if all do the caller is hung up on. */
export async function startBalancer(ports: readonly number[], random: Random): Promise<Balancer> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    track(sockets, near);
    const first = random.int(0, ports.length - 1);
    join(near, [...ports.slice(first), ...ports.slice(0, first)], sockets);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The balancer has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function join(near: Socket, [port, ...others]: readonly number[], sockets: Set<Socket>): void {
  if (port === undefined) {
    near.destroy();
    return;
  }
  const far = connect(port, "127.0.0.1");
  const onRefused = (): void => join(near, others, sockets);
  far.once("error", onRefused);
  far.once("connect", () => {
    far.off("error", onRefused);
    track(sockets, far);
    near.once("close", () => far.destroy());
    far.once("close", () => near.destroy());
    near.pipe(far).pipe(near);
  });
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  // Whoever is killed resets the connection; its other end is closed by that.
  socket.on("error", () => socket.destroy());
  socket.once("close", () => sockets.delete(socket));
}
