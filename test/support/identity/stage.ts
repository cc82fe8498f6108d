/** Plays all stories at once, in an order and with moments that a seed decides, before two nodes, and judges the end. */
import { SeededRandom } from "../../../sandbox/kernel/random.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { startBalancer } from "../chaos/balancer.ts";
import { createHome, type Home } from "../home.ts";
import { freePort } from "../ports.ts";
import { openSandbox, stripeKey } from "../sandbox.ts";
import { startDunlin, type Dunlin } from "../server.ts";
import { countWrites, judge } from "./judge.ts";
import { Scene, type SceneCustomer } from "./scene.ts";
import { stories } from "./stories.ts";

export type StagePlan = {
  readonly seed: number;
  readonly createContacts: "identified" | "all";
  /** How long Intercom's search does not know what is new. */
  readonly searchLagMs: number;
  /** Tells these stories only; all by default. */
  readonly only?: readonly string[];
};

export type Outcome = { readonly problems: readonly string[]; readonly writes: number };

const deliveryFaults = { duplicateRate: 0.2, reorderRate: 0.3, reorderHoldMs: 120 };

/** Plays them once. */
export async function playStories(plan: StagePlan): Promise<Outcome> {
  const random = new SeededRandom(plan.seed);
  const quiet = { customers: 0, seed: plan.seed, intercomSearchLagMs: plan.searchLagMs };
  const [main, shop, home] = await Promise.all([openSandbox(quiet), openSandbox({ customers: 0 }), createHome()]);
  for (const { deliveries } of [main, shop]) deliveries.set(deliveryFaults);
  const nodes: Dunlin[] = [];
  const gate = aGate();
  const checkSettled = settledCheck({ main, shop, home });
  const names = shuffle(plan.only ?? Object.keys(stories), random);
  const scenes = names.map((name, number) => {
    const prime = primes[number];
    if (prime === undefined) throw new Error("There are more stories than numbers to tell them apart.");
    const chance = random.fork(name);
    return new Scene({ name, number, prime, main, shop, random: chance, started: gate.opened, checkSettled });
  });
  const ports = [await freePort(), await freePort()];
  const balancer = await startBalancer(ports, random.fork("balancer"));
  const env = {
    PUBLIC_URL: balancer.url,
    DUNLIN_CREATE_CONTACTS: plan.createContacts,
    STRIPE_FURTHER_API_KEYS: `shop=${stripeKey}`,
    STRIPE_FURTHER_API_BASES: `shop=${shop.url}`,
  };
  try {
    // Some are there when Dunlin comes, and are found by the backfill; others come by webhook.
    const isEarly = scenes.map(() => random.next() < 0.5);
    const early = scenes.filter((_scene, index) => isEarly[index]).map(tell);
    for (const port of ports) nodes.push(await startDunlin({ sandbox: main, home, env, port }));
    main.intercom.setWebhookUrl(`${balancer.url}/webhooks/intercom`);
    gate.open();
    const late = scenes.filter((_scene, index) => !isEarly[index]).map(tell);
    await Promise.all([...early, ...late]);
    await settleAll(scenes);
    // Once more for everybody: what is wrongly linked shows it now.
    for (const scene of scenes) scene.happens(...scene.customers);
    await settleAll(scenes);
    return { problems: judge(main, scenes), writes: countWrites(main) };
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
    await balancer.close();
    await Promise.all([main.close(), shop.close()]);
    await home.remove();
  }
}

async function tell(scene: Scene): Promise<void> {
  const story = stories[scene.name];
  if (story === undefined) throw new Error(`There is no story "${scene.name}".`);
  await story(scene);
}

async function settleAll(scenes: readonly Scene[]): Promise<void> {
  for (const scene of scenes) await scene.settled();
}

/** Throws while these customers were not looked at, or anything is on its way or left to do that is about them. */
function settledCheck({
  main,
  shop,
  home,
}: {
  readonly main: Sandbox;
  readonly shop: Sandbox;
  readonly home: Home;
}): (customers: readonly SceneCustomer[]) => Promise<void> {
  return async (customers) => {
    const ids = customers.map(({ id }) => id);
    const { rows } = await home.pool.query<{ left: string }>(
      `select 'job ' || customer_id || ' ' || state || coalesce(' ' || error_message, '') as left from sync_jobs where customer_id = any($1)
        union all select 'event ' || id || ' of ' || account from stripe_events where state = 'waiting'
        union all select 'slow job ' || task_identifier || coalesce(' ' || last_error, '') from graphile_worker.jobs
        union all select 'unseen ' || c from unnest($1::text[]) as c where c not in (select customer_id from identities)`,
      [ids],
    );
    const pending = main.deliveries.pending + shop.deliveries.pending;
    const left = [...rows.map((row) => row.left), ...(pending > 0 ? [`${pending} deliveries`] : [])];
    if (left.length > 0) throw new Error(`Left to do: ${left.join("; ")}`);
  };
}

function aGate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open: () => open() };
}

function shuffle(names: readonly string[], random: SeededRandom): readonly string[] {
  return names
    .map((name) => ({ name, rank: random.next() }))
    .toSorted((a, b) => a.rank - b.rank)
    .map(({ name }) => name);
}

const primes = [
  101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223,
  227, 229, 233, 239, 241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311, 313, 317, 331, 337, 347, 349, 353,
  359, 367, 373, 379, 383, 389, 397, 401, 409, 419, 421, 431, 433, 439, 443, 449, 457, 461, 463, 467, 479, 487, 491,
  499, 503, 509,
];
