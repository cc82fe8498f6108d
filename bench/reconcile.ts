/** What a full comparison costs: calls per 1,000 contacts, reads of Stripe, time and memory. */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { reconcileAccepted, reconcileFindings, type ReconcileRunView } from "../contract/reconcile.ts";
import { machineMs, pause, until } from "./support/clock.ts";
import { Dunlin } from "./support/dunlin.ts";
import { nextMessage, startCommand, temporaryFolder, freePort } from "./support/processes.ts";
import { atMost, note, readOptions, runBench } from "./support/report.ts";
import { noLimit } from "./support/vendors.ts";

/** `edits`: contacts that are changed by hand before the first of two runs; the second finds nothing. */
const { customers, edits } = readOptions({ customers: 10_000, edits: 100 });

const companyMessage = z.object({ url: z.string(), stripeApiKey: z.string(), intercomAccessToken: z.string() });
type Company = z.infer<typeof companyMessage>;
const contactsPage = z.object({
  data: z.array(z.object({ id: z.string(), custom_attributes: z.record(z.string(), z.unknown()) })),
});

await runBench("reconcile", async () => {
  const company = await startCompany();
  await call(`${company.url}/control/intercom`, { limitPerSlice: noLimit });
  const dunlin = await Dunlin.start({
    dataDir: await temporaryFolder(),
    env: {
      STRIPE_API_KEY: company.stripeApiKey,
      STRIPE_API_BASE: company.url,
      INTERCOM_ACCESS_TOKEN: company.intercomAccessToken,
      INTERCOM_API_BASE: company.url,
      INTERCOM_REGION: "eu",
      DUNLIN_CREATE_CONTACTS: "all",
      DUNLIN_RECONCILE_AT: "off",
    },
  });
  await until("the company is loaded", () => dunlin.isIdle(), { withinMs: 60_000 + customers * 60, everyMs: 500 });
  note("loaded; comparing");
  const edited = await editContacts(company, edits);
  const before = await dunlin.usage();
  const first = await compare(dunlin);
  await until("all is repaired", () => dunlin.isIdle(), { withinMs: 60_000, everyMs: 200 });
  const second = await compare(dunlin);
  const after = await dunlin.usage();
  const { run } = second;
  const { contacts } = run.progress;
  const callsPerThousand = (run.intercomCalls * 1000) / contacts;
  return {
    customers,
    contacts,
    objects: run.progress.objects,
    stripeReads: run.stripeCalls,
    intercomCalls: run.intercomCalls,
    callsPerThousand,
    seconds: second.seconds,
    corrupted: edited,
    found: first.run.counts,
    foundAgain: run.counts,
    withCorrupted: { intercomCalls: first.run.intercomCalls, seconds: first.seconds },
    rssMb: { before: before?.rssMb ?? null, peak: after?.rssPeakMb ?? null },
    bars: [
      atMost("Intercom calls per 1,000 contacts", 8, callsPerThousand),
      atMost("findings that are missing or too many", 0, Math.abs((first.run.counts.foreign_edit ?? 0) - edited)),
    ],
  };
});

/** The sandbox's own company, in a process of its own. */
async function startCompany(): Promise<Company> {
  const child = startCommand([fileURLToPath(new URL("../dist/sandbox/main.js", import.meta.url))], {
    env: {
      PATH: process.env["PATH"],
      SANDBOX_PORT: String(await freePort()),
      SANDBOX_CUSTOMERS: String(customers),
    },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return companyMessage.parse(await nextMessage(child));
}

async function call(address: string, body?: object, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const method = body === undefined ? "GET" : headers["intercom-version"] === undefined ? "POST" : "PUT";
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const answer = await fetch(address, { method, headers: { ...json, ...headers }, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${new URL(address).pathname} was refused: ${await answer.text()}`);
  return answer.json();
}

/** Somebody else's app writes to contacts of ours. Answers how many. */
async function editContacts({ url, intercomAccessToken }: Company, count: number): Promise<number> {
  const headers = { authorization: `Bearer ${intercomAccessToken}`, "intercom-version": "2.16" };
  const { data } = contactsPage.parse(await call(`${url}/contacts?per_page=150`, undefined, headers));
  const chosen = data
    .filter(({ custom_attributes: custom }) => typeof custom["stripe_plan"] === "string")
    .slice(0, count);
  for (const { id } of chosen)
    await call(`${url}/contacts/${id}`, { custom_attributes: { stripe_plan: "Edited by hand" } }, headers);
  return chosen.length;
}

/** One full run, from asking for it to its end. */
async function compare({ url }: Dunlin): Promise<{ readonly run: ReconcileRunView; readonly seconds: number }> {
  const startedMs = machineMs();
  const { id } = reconcileAccepted.parse(await call(`${url}/api/reconcile`, { calls: 100_000, graceSeconds: 1 }));
  for (;;) {
    const { run } = reconcileFindings.parse(await call(`${url}/api/reconcile/${id}?limit=1`));
    if (run.error) throw new Error(`The run failed: ${run.error.message}`);
    if (run.state === "done") return { run, seconds: (machineMs() - startedMs) / 1000 };
    await pause(100);
  }
}
