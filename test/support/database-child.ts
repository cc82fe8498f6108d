/** A process of its own that uses the embedded database: says when it is open, and leaves it when its input ends. */
import { openEmbedded } from "../../src/db/embedded.ts";

const [dataDir = "", own = ""] = process.argv.slice(2);

const silent = { info: () => undefined, warn: () => undefined };
const embedded = await openEmbedded({ dataDir, database: "dunlin", log: silent, own: own === "own" });
process.stdout.write(`${JSON.stringify({ adopted: embedded.adopted, host: embedded.connection.host })}\n`);

process.stdin.resume();
process.stdin.once("end", () => void embedded.stop());
