/** Hints between nodes, on a real PostgreSQL: who hears what, and what a broken connection does. */
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../test/support/database.ts";
import { eventually } from "../../test/support/wait.ts";
import { Bulletin } from "./bulletin.ts";
import { topics, type Topic } from "./hint.ts";

const soon = { withinMs: 5_000, everyMs: 5 };
const log = { debug: () => undefined, warn: () => undefined };

type Heard = readonly [Topic, string | undefined];

class Node {
  readonly heard: Heard[] = [];
  readonly bulletin: Bulletin;
  constructor(database: TestDatabase, node: string) {
    this.bulletin = new Bulletin({ database: database.config, node, log });
    for (const topic of topics) this.bulletin.on(topic, (payload) => this.heard.push([topic, payload]));
    this.bulletin.start();
  }

  /** Resolves when it listens: then every topic was told to look for itself. */
  async listens(): Promise<void> {
    await eventually(() => this.heard.filter(([, payload]) => payload === undefined).length >= topics.length, soon);
    this.heard.length = 0;
  }
}

describe("the bulletin", () => {
  let database: TestDatabase;
  let alice: Node;
  let bob: Node;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  beforeEach(async () => {
    alice = new Node(database, "alice");
    bob = new Node(database, "bob");
    await Promise.all([alice.listens(), bob.listens()]);
  });
  afterEach(() => Promise.all([alice.bulletin.stop(), bob.bulletin.stop()]));

  it("brings what one node says to the other, and not back to itself", async () => {
    alice.bulletin.publish("jobs", "urgent");
    alice.bulletin.publish("nodes");
    await eventually(() => expect(bob.heard).toHaveLength(2), soon);
    bob.bulletin.publish("pauses");
    await eventually(() => expect(alice.heard).toEqual([["pauses", undefined]]), soon);

    expect(bob.heard).toEqual([
      ["jobs", "urgent"],
      ["nodes", undefined],
    ]);
  });

  it("says the same thing once, however often it is said within a few milliseconds", async () => {
    for (let time = 0; time < 500; time += 1) alice.bulletin.publish("jobs", "calm");
    alice.bulletin.publish("effects");
    await eventually(() => expect(bob.heard).toContainEqual(["effects", undefined]), soon);

    expect(bob.heard).toEqual([
      ["jobs", "calm"],
      ["effects", undefined],
    ]);
  });

  it("sends what was said last before it stops", async () => {
    alice.bulletin.publish("nodes");
    await alice.bulletin.stop();

    await eventually(() => expect(bob.heard).toEqual([["nodes", undefined]]), soon);
    alice = new Node(database, "alice");
    await alice.listens();
  });

  it("ends no listener's hearing but the one that asked for it", async () => {
    const others: (string | undefined)[] = [];
    const off = bob.bulletin.on("jobs", (payload) => others.push(payload));
    off();
    alice.bulletin.publish("jobs", "calm");
    await eventually(() => expect(bob.heard).toHaveLength(1), soon);

    expect(others).toEqual([]);
  });

  it("connects again when its connection breaks, and tells everybody to look for themselves", async () => {
    await database.pool.query("select pg_terminate_backend($1), pg_terminate_backend($2)", [
      alice.bulletin.session,
      bob.bulletin.session,
    ]);
    await eventually(
      () => expect(bob.heard.filter(([, payload]) => payload === undefined)).toHaveLength(topics.length),
      soon,
    );
    await eventually(() => {
      alice.bulletin.publish("jobs", "urgent");
      expect(bob.heard).toContainEqual(["jobs", "urgent"]);
    }, soon);
  });
});
