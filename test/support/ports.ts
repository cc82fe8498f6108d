/** Free ports on loopback, for servers whose address must be known before they listen. */
import { createServer } from "node:net";

/** A port that nobody listens on now. The system hands ports out in turn, so it stays free for a while. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === "string") throw new Error("The probe has no port.");
  return address.port;
}
