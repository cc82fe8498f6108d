/** How long it takes from `npm start` to ready: the first time with an empty data folder, and later. */
import { Dunlin } from "./support/dunlin.ts";
import { round } from "./support/figures.ts";
import { freePort, temporaryFolder } from "./support/processes.ts";
import { atMost, readOptions, runBench } from "./support/report.ts";
import { Vendors } from "./support/vendors.ts";

const { times } = readOptions({ times: 3 });

await runBench("start", async () => {
  const sandbox = await startTwice({ SANDBOX_PORT: String(await freePort()) });
  const vendors = await Vendors.start();
  const keys = await startTwice({
    STRIPE_API_KEY: "sk_test_bench",
    STRIPE_WEBHOOK_SECRET: "whsec_bench",
    STRIPE_API_BASE: vendors.stripeUrl,
    INTERCOM_ACCESS_TOKEN: "bench",
    INTERCOM_API_BASE: vendors.intercomUrl,
  });
  return {
    times,
    sandbox,
    keys,
    bars: [
      atMost("first start with the sandbox, s", 20, sandbox.firstS),
      atMost("later start with the sandbox, s", 2, sandbox.laterS),
      atMost("first start with keys, s", 20, keys.firstS),
      atMost("later start with keys, s", 2, keys.laterS),
    ],
  };
});

/** The slowest of the later starts counts. */
async function startTwice(
  env: Readonly<Record<string, string>>,
): Promise<{ readonly firstS: number; readonly laterS: number; readonly stopS: number }> {
  const dataDir = await temporaryFolder();
  const startOnce = async (): Promise<{ readonly readyS: number; readonly stopS: number }> => {
    const dunlin = await Dunlin.start({ dataDir, env });
    const startedMs = performance.now();
    await dunlin.stop();
    return { readyS: dunlin.readyAfterS, stopS: (performance.now() - startedMs) / 1000 };
  };
  const first = await startOnce();
  const later: Awaited<ReturnType<typeof startOnce>>[] = [];
  for (let count = 0; count < times; count += 1) later.push(await startOnce());
  return {
    firstS: round(first.readyS),
    laterS: round(Math.max(...later.map(({ readyS }) => readyS))),
    stopS: round(Math.max(...later.map(({ stopS }) => stopS))),
  };
}
