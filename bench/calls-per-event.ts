/** How many calls to Intercom a Stripe event costs: single stories of known contacts, and a storm of renewals. */
import { createHmac } from "node:crypto";
import { request } from "undici";
import { machineMs, pause } from "./support/clock.ts";
import { webhookSecret } from "./support/dunlin.ts";
import { round, spreadOf } from "./support/figures.ts";
import { contactIdOf, userId } from "./support/people.ts";
import { atMost, note, readOptions, runBench } from "./support/report.ts";
import { responseTimes } from "./support/sender.ts";
import { connections, setStage, settled, type Stage } from "./support/stage.ts";
import { outcomeOf, tell, type Delivery, type Story } from "./support/stories.ts";
import { renewalEvents } from "./support/traffic.ts";
import { realLimit } from "./support/vendors.ts";

const { customers, each } = readOptions({ customers: 10_000, each: 20 });
const apartMs = 150;

await runBench("calls-per-event", async () => {
  const stories = await measureStories();
  const storm = await measureStorm();
  const most = (story: Story): number => stories.find((figures) => figures.story === story)?.callsMost ?? Infinity;
  return {
    stories,
    storm,
    bars: [
      atMost("calls of one renewal", 1, most("renewal")),
      atMost("calls of one checkout", 2, most("checkout")),
      atMost("calls per event in the storm", 0.15, storm.callsPerEvent),
    ],
  };
});

type StoryFigures = {
  readonly story: Story;
  readonly events: number;
  readonly told: number;
  readonly callsMean: number;
  readonly callsMost: number;
  readonly stripeReads: number;
};

/** Each story is told of `each` customers, a little apart; their contacts are known and show what Stripe said before. */
async function measureStories(): Promise<readonly StoryFigures[]> {
  const stage = await setStage({ customers: each * 2 });
  await stage.vendors.setLimit(realLimit);
  const renewal = await measureStory(stage, { story: "renewal", first: 0 });
  const upgrade = await measureStory(stage, { story: "upgrade", first: each });
  await measureStory(stage, { story: "signUp", first: each * 2 });
  const checkout = await measureStory(stage, { story: "checkout", first: each * 2 });
  await stage.dunlin.stop();
  return [renewal, checkout, upgrade];
}

async function measureStory(
  stage: Stage,
  { story, first }: { readonly story: Story; readonly first: number },
): Promise<StoryFigures> {
  note(`${story}, ${each} times`);
  const people = Array.from({ length: each }, (_, index) => first + index);
  const told = people.map((n) => tell(story, n, stage.joinedS));
  await stage.vendors.know(told.flatMap(outcomeOf));
  const readsBefore = sum((await stage.vendors.take()).stripeCalls);
  await Promise.all(told.map((deliveries, index) => deliver(stage, deliveries, index * apartMs)));
  await pause(1500);
  await settled(stage, 30_000);
  const { arrivals, stripeCalls } = await stage.vendors.take();
  const calls = people.map((n) => arrivals.filter(({ contactId }) => contactId === contactIdOf(userId(n))).length);
  return {
    story,
    events: told[0]?.length ?? 0,
    told: each,
    callsMean: round(arrivals.length / each),
    callsMost: Math.max(...calls),
    stripeReads: sum(stripeCalls) - readsBefore,
  };
}

async function deliver({ dunlin }: Stage, deliveries: readonly Delivery[], afterMs: number): Promise<void> {
  const startMs = machineMs() + afterMs;
  for (const { atMs, body } of deliveries) {
    await pause(Math.max(0, startMs + atMs - machineMs()));
    const signedS = Math.floor(Date.now() / 1000);
    const signature = createHmac("sha256", webhookSecret).update(`${signedS}.${body}`).digest("hex");
    const headers = {
      "content-type": "application/json; charset=utf-8",
      "stripe-signature": `t=${signedS},v1=${signature}`,
    };
    const answer = await request(`${dunlin.url}/webhooks/stripe`, { method: "POST", headers, body });
    await answer.body.dump();
    if (answer.statusCode !== 200) throw new Error(`A delivery was answered with ${answer.statusCode}.`);
  }
}

/** Everybody renews on the same day, as fast as the server takes it, with Intercom's real budget. */
async function measureStorm(): Promise<Readonly<Record<string, number>> & { readonly callsPerEvent: number }> {
  const stage = await setStage({ customers });
  await stage.vendors.setLimit(realLimit);
  const count = customers * renewalEvents;
  note(`a storm of ${count} events`);
  const sent = await stage.send("renewals", { connections, count });
  await settled(stage, 60_000 + customers * 10);
  const { arrivals, refused } = await stage.vendors.take();
  const lastMs = arrivals.at(-1)?.atMs ?? 0;
  return {
    events: sent.count,
    customers,
    eventsPerS: round((sent.count * 1000) / sent.elapsedMs, 0),
    answeredP99Ms: spreadOf(responseTimes(sent)).p99,
    calls: arrivals.length,
    callsPerEvent: round(arrivals.length / sent.count, 4),
    refused,
    everythingShownAfterS: round((lastMs - (sent.sentMs[0] ?? 0)) / 1000, 1),
  };
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
