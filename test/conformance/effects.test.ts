/** Every request that the effect ledger makes, held against what Intercom says about its API. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { effectQuery } from "../../contract/effect.ts";
import { planEffects, listEntries } from "../../src/effects/store.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { castEffects, linkedCustomer } from "../support/effect-cast.ts";
import { startEffectWorker } from "../support/effect-worker.ts";
import { createHome, type Home } from "../support/home.ts";
import { descriptionFile, loadRequestCheck } from "../support/intercom-description.ts";
import { startRecorder, type Exchange, type Recorder } from "../support/recorder.ts";
import { openSandbox } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

const check = loadRequestCheck();

describe("the effect ledger", () => {
  let sandbox: Sandbox;
  let home: Home;
  let recorder: Recorder;

  /** Each kind twice: answered at once, and looked for after a lost answer. */
  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 2 }), createHome()]);
    recorder = await startRecorder(sandbox.url);
    const roles = [
      ...(await castEffects(home.pool, sandbox, "answered")),
      ...(await castEffects(home.pool, sandbox, "lost")),
    ];
    await linkedCustomer(home.pool, sandbox, "untagged");
    const effects = [
      ...roles.map(({ customerId, effect }) => ({ customerId, effect, key: customerId })),
      { customerId: "cus_untagged", effect: { kind: "tag", tag: "trial" } as const, key: "tag" },
      { customerId: "cus_untagged", effect: { kind: "untag", tag: "trial" } as const, key: "untag" },
    ];
    const calls = new Map(roles.map(({ pathPattern, method }) => [pathPattern, method]));
    for (const [pathPattern, method] of calls)
      sandbox.faults.add({ vendor: "intercom", method, pathPattern, kind: "reset-after", count: 1 });
    await planEffects(
      home.pool,
      effects.map((effect) => ({ account: "main", lane: "calm" as const, ...effect })),
    );
    const running = startEffectWorker({ databaseUrl: home.databaseUrl, sandboxUrl: recorder.url, node: "node-1" });
    await eventually(
      async () => {
        const { effects: entries } = await listEntries(home.pool, effectQuery.parse({ limit: 200 }));
        expect(entries.filter(({ state }) => state !== "confirmed")).toEqual([]);
      },
      { withinMs: 20_000 },
    );
    await running.stop();
  });

  afterAll(async () => {
    await recorder.close();
    await sandbox.close();
    await home.remove();
  });

  it.skipIf(check === undefined)(
    `sends Intercom only what the version that it names describes (skipped without ${descriptionFile})`,
    () => {
      const kinds = new Set(recorder.exchanges().map(kindOf));
      for (const kind of [
        "POST /contacts/{id}/notes",
        "GET /contacts/{id}/notes",
        "POST /tickets",
        "POST /tickets/search",
        "POST /conversations",
        "POST /conversations/search",
        "GET /conversations/{id}",
        "POST /conversations/{id}/reply",
        "POST /conversations/{id}/parts",
        "PUT /conversations/{id}",
        "POST /messages",
        "POST /tags",
        "POST /contacts/{id}/tags",
        "GET /contacts/{id}/tags",
        "DELETE /contacts/{id}/tags/{id}",
        "POST /events",
      ])
        expect(kinds).toContain(kind);
      expect(recorder.exchanges().flatMap((exchange) => check?.(inOtherWords(exchange)) ?? [])).toEqual([]);
    },
  );

  it("asks for version 2.16, and for Preview to set a priority, which no other version does", () => {
    for (const exchange of recorder.exchanges()) {
      const setsPriority = kindOf(exchange) === "PUT /conversations/{id}";
      expect(exchange.headers["intercom-version"], kindOf(exchange)).toBe(setsPriority ? "Preview" : "2.16");
    }
  });

  it.skipIf(check === undefined)("is checked by something that knows priorities", () => {
    const set = recorder.exchanges().find(({ method, path }) => method === "PUT" && path.startsWith("/conversations/"));
    if (set === undefined) throw new Error("No priority was set.");
    expect(check?.(set)).toEqual([]);
    expect(check?.({ ...set, body: '{"priority":"highest"}' })).not.toEqual([]);
  });

  it("asks for the conversation of each message at once, so that it can be found", () => {
    const messages = recorder.exchanges().filter(({ path }) => path === "/messages");
    expect(messages.length).toBeGreaterThan(0);
    for (const { body } of messages)
      expect(JSON.parse(body)).toMatchObject({ create_conversation_without_contact_reply: true });
  });
});

/** The description's list of message types says in_app, while the rules beside it and its examples say inapp. */
function inOtherWords(exchange: Exchange): Exchange {
  return { ...exchange, body: exchange.body.replace('"message_type":"inapp"', '"message_type":"in_app"') };
}

function kindOf({ method, path }: Exchange): string {
  return `${method} ${path.replaceAll(/\/([0-9a-f]{24}|\d+)(?=\/|$)/g, "/{id}")}`;
}
