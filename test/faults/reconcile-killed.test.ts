/** A node dies in the middle of reconcile: the run goes on where it was, and finds everything once. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { askForRun } from "../../src/upkeep/reconcile/ask.ts";
import { getRun, type RunProgress } from "../../src/upkeep/reconcile/runs.ts";
import { countUnfinished, createHome, type Home } from "../support/home.ts";
import { startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { findingsOf, linesOf, quick } from "../support/reconcile.ts";
import { contactOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

const strangers = 600;

describe("reconcile on a node that is killed", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: DunlinProcess;
  const expected: string[] = [];

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 24 }), createHome()]);
    for (let n = 0; n < strangers; n += 1) sandbox.intercom.seedContact({ email: `visitor.${n}@example.com` });
    dunlin = await start();
    await eventually(async () => expect(await countUnfinished(home.pool)).toBe(0), { withinMs: 30_000 });
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  function start(port?: number): Promise<DunlinProcess> {
    return startDunlinProcess({
      sandboxUrl: sandbox.url,
      dataDir: home.dataDir,
      env: { DATABASE_URL: home.databaseUrl, DUNLIN_RECONCILE_AT: "off" },
      ...(port === undefined ? {} : { port }),
    });
  }

  async function killWhen(id: number, isThere: (progress: RunProgress) => boolean): Promise<void> {
    await eventually(async () => isThere((await getRun(home.pool, id)).progress), { withinMs: 20_000, everyMs: 10 });
    const { port } = dunlin;
    await dunlin.kill();
    dunlin = await start(port);
  }

  it("finds what was corrupted exactly once, although it is killed on each side", async () => {
    await sandbox.clock.advance(10);
    const taken = new Set<string>();
    const somebody = async (): Promise<{ readonly id: string; readonly contactId: string }> => {
      const { id, metadata } = await findSteadyCustomer(sandbox, (candidate) => !taken.has(candidate));
      taken.add(id);
      return { id, contactId: contactOf(sandbox, metadata["user_id"] ?? "").id };
    };
    sandbox.deliveries.set({ dropRate: 1 });
    for (let n = 0; n < 2; n += 1) {
      const missed = await somebody();
      sandbox.stripe.scenarios.addCredit(missed.id, 700);
      expected.push(`missed_event ${missed.id}`);
      const edited = await somebody();
      sandbox.intercom.editContact(edited.contactId, { custom_attributes: { stripe_plan: "Gold" } });
      expected.push(`foreign_edit ${edited.id}`);
    }
    sandbox.deliveries.set({ dropRate: 0 });
    sandbox.faults.add({ vendor: "intercom", method: "GET", pathPattern: "^/contacts$", kind: "slow", delayMs: 700 });

    const id = await askForRun(home.pool, { ...quick, graceMs: 3_000 }, "api");
    await killWhen(id, ({ phase }) => phase === "judge");
    await killWhen(id, ({ phase, contacts }) => phase === "contacts" && contacts >= 150);
    const resumedFrom = (await getRun(home.pool, id)).progress.contacts;
    const findings = await findingsOf(home, id);

    expect(linesOf(findings)).toEqual(expected.toSorted());
    expect(resumedFrom).toBeGreaterThanOrEqual(150);
    // Each contact was compared once: the pages before the kill are not read again.
    expect(findings.run.progress.contacts).toBe(sandbox.intercom.contacts().length);
  });
});
