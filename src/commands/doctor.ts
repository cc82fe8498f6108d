/** `dunlin doctor`: checks everything that Dunlin rests on. Exit code 1 when something does not work. */
import { findKeys, openIntercom, openStripe, type Installation } from "../installation.ts";
import type { Config } from "../config.ts";
import { countCompanies } from "../companies/store.ts";
import { mainAccount } from "../connections/connection.ts";
import { listPauses } from "../connections/store.ts";
import { query, sql } from "../db/query.ts";
import { RateBudget } from "../intercom/budget.ts";
import { messageOf } from "../model/error.ts";
import { measureQueue, type QueueDepth } from "../queue/sync-jobs.ts";
import { listDead } from "../upkeep/dead-letters.ts";
import { loadMapping, MappingUnreadable } from "../pipeline/mapping-in-force.ts";
import { findStoredEndpoint } from "../upkeep/connect.ts";
import { checkRulesInForce } from "../upkeep/check-rules.ts";
import { checkNamedThings } from "../upkeep/rules/check-workspace.ts";
import { checkNotifications } from "../upkeep/check-notifications.ts";
import { allWork, failed, ok, warning, type Check } from "../upkeep/check.ts";
import { inspectAttributes, checkWorkspace, probeScopes } from "../upkeep/setup-intercom.ts";
import { typesInForce } from "../pipeline/rules-in-force.ts";
import { inspectEndpoint, probePermissions } from "../upkeep/setup-stripe.ts";
import { describeWatch, findWatchReport } from "../upkeep/watch-endpoint.ts";
import type { StripeClient } from "../stripe/client.ts";
import { hasPortal } from "../stripe/portal.ts";
import { withInstallation } from "./connect.ts";
import { counted } from "./numbers.ts";
import { nowOfRules } from "./rule-clock.ts";
import { say, sayChecks } from "./terminal.ts";
import { withIntercom } from "./with-intercom.ts";
import { ageText } from "./times.ts";

type Section = { readonly title: string; readonly checks: readonly Check[] };

/** Checks and prints; changes nothing. */
export async function runDoctor(config: Config, { json = false }: { readonly json?: boolean }): Promise<void> {
  await withInstallation(config, async (installation) => {
    const keys = await findKeys(config, installation);
    const all: Section[] = [
      { title: "Dunlin", checks: await attempt(() => checkOurselves(installation)) },
      { title: "Stripe", checks: await attempt(() => checkStripe(config, installation, keys.stripeApiKey)) },
      { title: "Intercom", checks: await attempt(() => checkIntercom(config, installation, keys)) },
      { title: "Rules", checks: await attempt(() => checkRules(config, installation, keys.stripeApiKey)) },
    ];
    const sections = all.filter(({ checks }) => checks.length > 0);
    const works = sections.every(({ checks }) => allWork(checks));
    if (json) say(JSON.stringify({ works, sections }, null, 2));
    else {
      for (const { title, checks } of sections) sayChecks(title, checks);
      say();
      say(verdictText(sections.flatMap(({ checks }) => checks)));
    }
    if (!works) process.exitCode = 1;
  });
}

/** The last line: whether everything works, and how much of it somebody should look at all the same. */
export function verdictText(checks: readonly Check[]): string {
  if (!allWork(checks)) return "Something does not work: see what is marked ✗.";
  const count = checks.filter(({ state }) => state === "warning").length;
  return count === 0
    ? "Everything works."
    : `Everything works, with ${counted(count, "thing")} to look at: see what is marked !.`;
}

async function attempt(check: () => Promise<readonly Check[]>): Promise<readonly Check[]> {
  try {
    return await check();
  } catch (error) {
    return [failed("Reachable", messageOf(error))];
  }
}

/** How old the oldest overdue write may be before somebody should look. */
const backlogMaxMs = 5 * 60_000;

async function checkOurselves({ pool }: Installation): Promise<readonly Check[]> {
  const [row] = await query<{ version: string; skew_ms: number }>(
    pool,
    sql.plain(
      "select split_part(version(), ' ', 2) as version, extract(epoch from clock_timestamp() - $1::timestamptz) * 1000 as skew_ms",
      [new Date()],
    ),
  );
  const queue = await measureQueue(pool);
  const waiting = queueText(queue);
  return [
    ok("Database", `PostgreSQL ${row?.version ?? "?"}`),
    queue.backlogAgeMs > backlogMaxMs
      ? failed("Queue", waiting, "Is the server running, and are both connections active?")
      : ok("Queue", waiting),
    await checkDeadLetters(pool),
    ...(await checkCompanies(pool)),
    ...(await checkPauses({ pool })),
  ];
}

function queueText({ urgent, calm, backfill, backlogAgeMs }: QueueDepth): string {
  if (urgent + calm + backfill === 0) return "nothing waits";
  const overdue = backlogAgeMs > 0 ? `, the oldest overdue for ${ageText(backlogAgeMs)}` : "";
  return `${urgent + calm} waiting, ${backfill} of a backfill${overdue}`;
}

async function checkDeadLetters(pool: Installation["pool"]): Promise<Check> {
  const { counts } = await listDead(pool, { limit: 1 });
  if (counts.length === 0) return ok("Dead letters", "none");
  const shown = counts.map(({ kind, code, count }) => `${count} × ${kind} ${code}`);
  return warning("Dead letters", shown.join(", "), "See dunlin dead list; mend the cause, then: dunlin replay dead");
}

/** Nothing is said of companies where there are none. */
async function checkCompanies(pool: Installation["pool"]): Promise<readonly Check[]> {
  const { all, dead, gone } = await countCompanies(pool);
  if (all === 0) return [];
  const deleted = gone === 0 ? "" : `, ${gone} of them deleted in Intercom`;
  if (dead === 0) return [ok("Companies", `${all}${deleted}`)];
  const remedy = "See dunlin companies list --state trouble; mend the cause, then: dunlin companies renew <key>";
  return [warning("Companies", `${all}${deleted}, ${dead} given up after failures`, remedy)];
}

async function checkStripe(
  config: Config,
  installation: Installation,
  apiKey: string | undefined,
): Promise<readonly Check[]> {
  if (apiKey === undefined)
    return [failed("Key", "none is known", "Set STRIPE_API_KEY, or run `dunlin connect stripe`.")];
  const stripe = openStripe(config, { apiKey });
  const managesEndpoint = config.publicUrl !== undefined && !config.stripeWebhookSecrets;
  const [permissions, clock, endpoint] = await Promise.all([
    probePermissions(stripe, { webhook: managesEndpoint }),
    config.sandboxClock === "follow"
      ? ok("Clock", "rules go by the sandbox's, which can be moved")
      : checkClock(stripe),
    checkEvents(config, installation, stripe),
  ]);
  return [ok("Mode", stripe.livemode ? "live" : "test"), ...permissions, clock, ...endpoint];
}

/** Signatures older than five minutes are refused, so our clock has to be right. */
async function checkClock(stripe: StripeClient): Promise<Check> {
  const { answeredS } = await stripe.get("/v1/events", { limit: 1 });
  if (answeredS === null) return warning("Clock", "Stripe's answer has no date to compare with");
  const offByS = Math.round(Date.now() / 1000 - answeredS);
  const detail = `${Math.abs(offByS)} s ${offByS >= 0 ? "ahead of" : "behind"} Stripe`;
  return Math.abs(offByS) > 60
    ? failed("Clock", detail, "Set this machine's clock by NTP; signatures are refused at 300 s.")
    : ok("Clock", detail);
}

async function checkEvents(
  config: Config,
  installation: Installation,
  stripe: StripeClient,
): Promise<readonly Check[]> {
  if (config.stripeWebhookSecrets)
    return [ok("Webhook", "to your own endpoint; secrets given"), ...(await checkDeliveries(installation))];
  if (config.publicUrl === undefined)
    return [
      warning("Webhook", "none: events are fetched every 3 s", "Set PUBLIC_URL to have them come by webhook at once."),
    ];
  const url = `${config.publicUrl.replace(/\/+$/, "")}/webhooks/stripe`;
  return [
    await inspectEndpoint(stripe, {
      url,
      stored: await findStoredEndpoint(installation, mainAccount),
      types: await typesInForce(installation.pool),
    }),
    await checkReachable(config.publicUrl),
    ...(await checkDeliveries(installation)),
  ];
}

/** What the running server found out about deliveries; nothing before it has looked. */
async function checkDeliveries({ pool }: Installation): Promise<readonly Check[]> {
  const report = await findWatchReport(pool, mainAccount);
  if (!report) return [];
  const detail = describeWatch(report, Date.now());
  if (report.deliveries === "working" && report.trouble === null) return [ok("Deliveries", detail ?? "come")];
  return [
    failed(
      "Deliveries",
      detail ?? "do not come",
      "Nothing is lost: events are fetched meanwhile. Does the address answer from outside, and does no proxy change the body?",
    ),
  ];
}

const reachTimeoutMs = 10_000;

async function checkReachable(publicUrl: string): Promise<Check> {
  try {
    const answer = await fetch(new URL("/health", publicUrl), {
      signal: AbortSignal.timeout(reachTimeoutMs),
      redirect: "manual",
    });
    return answer.ok
      ? ok("Address", `${publicUrl} answers`)
      : failed(
          "Address",
          `${publicUrl} answers ${answer.status}`,
          "Is it the address of this server, without a redirect or a login in front?",
        );
  } catch {
    return failed(
      "Address",
      `${publicUrl} does not answer from here`,
      "Is the server running and its address forwarded?",
    );
  }
}

async function checkPauses({ pool }: Pick<Installation, "pool">): Promise<readonly Check[]> {
  const pauses = await listPauses(pool);
  if (pauses.length === 0) return [ok("Pauses", "none")];
  return pauses.map(({ scope, by, reason }) =>
    by === "dunlin"
      ? failed("Pauses", `${scope}: ${reason}`, "Mend the cause; it is tried again by itself.")
      : warning("Pauses", `${scope} is paused${by === "person" ? " by hand" : ""}: ${reason}`, `dunlin status`),
  );
}

async function checkIntercom(
  config: Config,
  installation: Installation,
  keys: Awaited<ReturnType<typeof findKeys>>,
): Promise<readonly Check[]> {
  if (keys.intercomAccessToken === undefined)
    return [failed("Token", "none is known", "Set INTERCOM_ACCESS_TOKEN, or run `dunlin connect intercom`.")];
  const region = keys.intercomRegion ?? "us";
  const intercom = openIntercom(
    config,
    { intercomAccessToken: keys.intercomAccessToken, intercomRegion: region },
    new RateBudget({}),
  );
  try {
    const { checks } = await checkWorkspace(intercom, region);
    const secret =
      keys.intercomClientSecret === undefined
        ? warning("Client secret", "none: notifications of Intercom are refused", "Set INTERCOM_CLIENT_SECRET.")
        : ok("Client secret", "set");
    return [
      ...checks,
      ...(await probeScopes(intercom)),
      ...(await checkMapping(config, installation, intercom)),
      secret,
      ...(keys.intercomClientSecret === undefined ? [] : [await checkNotifications(installation.pool)]),
    ];
  } finally {
    await intercom.close();
  }
}

/** Nothing is said of rules where there are none. */
async function checkRules(
  config: Config,
  installation: Installation,
  apiKey: string | undefined,
): Promise<readonly Check[]> {
  return checkRulesInForce({
    pool: installation.pool,
    workspace: (rules) => withIntercom(config, installation, (intercom) => checkNamedThings(rules, intercom)),
    publicUrl: config.publicUrl,
    hasPortal: () => (apiKey === undefined ? Promise.resolve(null) : hasPortal(openStripe(config, { apiKey }))),
    nowS: Math.floor((await nowOfRules(config)) / 1000),
  });
}

/** A mapping that cannot be read says nothing about what else there is to check. */
async function checkMapping(
  config: Config,
  { pool }: Installation,
  intercom: ReturnType<typeof openIntercom>,
): Promise<readonly Check[]> {
  try {
    return await inspectAttributes(intercom, await loadMapping(pool, config.attributePreset));
  } catch (error) {
    if (!(error instanceof MappingUnreadable)) throw error;
    return [failed("Mapping", messageOf(error))];
  }
}
