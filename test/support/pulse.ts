/** Reads what the Pulse page shows, as the page itself does. */
import { pulse, type Pulse } from "../../contract/pulse.ts";

/** The server keeps an answer for half a second, so wait for what you expect. */
export async function readPulse(url: string): Promise<Pulse> {
  const answer = await fetch(`${url}/api/pulse`);
  return pulse.parse(await answer.json());
}
