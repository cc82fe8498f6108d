/** Another mapping comes into force while the server runs: only who is affected is written, and it can be taken back. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import {
  mappingBoard,
  mappingDiff,
  mappingDocument,
  mappingPreview,
  type MappingDocument,
} from "../../contract/mapping.ts";
import { saveDocument } from "../../src/documents/store.ts";
import { laneOfRank } from "../../src/model/lane.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { createHome, listDeadLetters, type Home } from "../support/home.ts";
import { environmentFor, startDunlin, type Dunlin } from "../support/server.ts";
import { contactOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { runCommand, type CommandResult } from "../support/process.ts";
import { eventually } from "../support/wait.ts";

const patient = { withinMs: 30_000, everyMs: 50 };

describe("a mapping", () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let customer: { readonly id: string; readonly userId: string };

  beforeAll(async () => {
    [sandbox, home] = await Promise.all([openSandbox({ customers: 40 }), createHome()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
    const { id, metadata } = await findSteadyCustomer(sandbox);
    customer = { id, userId: metadata["user_id"] ?? "" };
  });

  afterAll(async () => {
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  async function call(
    method: "GET" | "POST" | "PUT",
    path: string,
    body?: object,
  ): Promise<{ status: number; body: unknown }> {
    const response = await fetch(new URL(path, dunlin.url), {
      method,
      ...(body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
    });
    const answer: unknown = await response.json();
    return { status: response.status, body: answer };
  }

  async function board(): Promise<ReturnType<typeof mappingBoard.parse>> {
    return mappingBoard.parse((await call("GET", "/api/mapping")).body);
  }

  /** Saves the mapping in force with a change, and waits until it is on all contacts. */
  async function save(change: (document: MappingDocument) => MappingDocument, note = "a test"): Promise<number> {
    const { document, version } = await board();
    const saved = await call("PUT", "/api/mapping", { document: change(document), basedOn: version, note });
    expect(saved).toMatchObject({ status: 200, body: { version: version + 1 } });
    await eventually(
      async () => expect((await board()).rollout).toMatchObject({ version: version + 1, phase: "done" }),
      patient,
    );
    return version + 1;
  }

  const shown = (name: string): unknown => contactOf(sandbox, customer.userId).custom_attributes[name] ?? null;
  /** Contacts that were written since. */
  const writtenSince = (seq: number): ReadonlySet<string> =>
    new Set(
      sandbox.requests
        .since(seq)
        .filter(
          ({ vendor, method, path }) => vendor === "intercom" && method === "PUT" && path.startsWith("/contacts/"),
        )
        .map(({ path }) => path),
    );

  it("says beforehand what it would change, for one and for all", async () => {
    const { document } = await board();
    const trial = { ...document, attributes: [...document.attributes, vip] };
    const preview = await call("POST", "/api/mapping/preview", { document: trial, customer: customer.id });
    expect(mappingPreview.parse(preview.body).lines.at(-1)).toMatchObject({ name: "vip", shown: null, desired: true });

    const before = sandbox.requests.lastSeq;
    const diff = mappingDiff.parse((await call("POST", "/api/mapping/diff", { document: trial })).body);
    const linked = sandbox.intercom.contacts().filter(({ custom_attributes: all }) => all["stripe_created_at"]).length;
    expect(diff).toMatchObject({ contacts: linked, looked: linked, affected: linked, added: ["vip"], retired: [] });
    expect(diff.lines).toMatchObject([{ name: "vip", contacts: linked }]);
    expect(writtenSince(before).size).toBe(0);
  });

  const vip = mappingDocument.parse({
    version: 1,
    attributes: [{ name: "vip", cel: 'profile.status == "active"', purpose: "Route those who pay.", type: "boolean" }],
  }).attributes[0];

  it("writes who is affected, once, and can be explained", async () => {
    const before = sandbox.requests.lastSeq;
    await save((document) => ({ ...document, attributes: [...document.attributes, ...(vip ? [vip] : [])] }));
    expect(shown("vip")).toBe(true);
    const writes = sandbox.requests
      .since(before)
      .filter(({ method, path }) => method === "PUT" && path.startsWith("/contacts/"));
    expect(writes.length).toBe(writtenSince(before).size);

    const explained = await call("GET", `/api/explain?customer=${customer.id}&attribute=vip`);
    expect(explained.body).toMatchObject({
      attribute: { name: "vip", mapping: "mapping@1", rule: expect.stringContaining('profile.status == "active"') },
      desired: { value: true },
      shown: { value: true, agrees: true },
    });
  });

  it("writes nobody who shows already what it asks for", async () => {
    const before = sandbox.requests.lastSeq;
    await save((document) => ({
      ...document,
      attributes: document.attributes.map((one) => (one.name === "vip" ? { ...one, purpose: "Another reason." } : one)),
    }));
    expect(writtenSince(before).size).toBe(0);
    expect((await board()).rollout).toMatchObject({ affected: 0 });
  });

  it("shows less than it knows where it is told to", async () => {
    expect(typeof shown("stripe_total_paid")).toBe("number");
    await save((document) => ({
      ...document,
      attributes: [
        ...document.attributes,
        { ...attribute(document, "stripe_total_paid"), name: "paid_band", precision: { bands: [0, 100, 500] } },
      ],
    }));
    expect(shown("paid_band")).toMatch(/^(0–100|100–500|≥ 500) [A-Z]{3}$/);
  });

  it("takes what is retired out of every contact and archives it, and an event changes nothing about that", async () => {
    await save((document) => ({
      ...document,
      attributes: document.attributes.filter(({ name }) => name !== "stripe_card_brand" && name !== "paid_band"),
      retired: ["stripe_card_brand", "paid_band"],
    }));
    const left = sandbox.intercom
      .contacts()
      .filter(
        ({ custom_attributes: all }) =>
          (all["stripe_card_brand"] ?? null) !== null || (all["paid_band"] ?? null) !== null,
      );
    expect(left).toEqual([]);
    const archived = sandbox.intercom
      .attributes("contact")
      .filter((one) => one.archived)
      .map(({ name }) => name);
    expect(archived.toSorted()).toEqual(["paid_band", "stripe_card_brand"]);

    sandbox.stripe.scenarios.paymentFails(customer.id);
    await eventually(() => expect(shown("vip")).toBe(false), patient);
    await dunlin.settled();
    expect(shown("stripe_card_brand")).toBeNull();
    expect(await listDeadLetters(home.pool)).toEqual([]);
  });

  it("is refused with the place of what is wrong, and when somebody else was faster", async () => {
    const { document, version } = await board();
    const wrong = { ...document, attributes: [{ ...attribute(document, "stripe_plan"), field: "plann" }] };
    expect(await call("PUT", "/api/mapping", { document: wrong, basedOn: version })).toEqual({
      status: 400,
      body: {
        error: {
          code: "MAPPING_INVALID",
          message: expect.stringContaining("attributes[0].field: the profile has no field “plann”"),
          problems: [
            { path: "attributes[0].field", problem: expect.stringContaining("no field “plann”"), severity: "error" },
          ],
        },
      },
    });
    expect(await call("PUT", "/api/mapping", { document, basedOn: version - 1 })).toMatchObject({
      status: 409,
      body: { error: { code: "DOCUMENT_CHANGED" } },
    });
    expect((await board()).version).toBe(version);
  });

  it("makes an attribute urgent that is wanted at once", async () => {
    await save((document) => ({
      ...document,
      attributes: document.attributes.map((one) =>
        one.name === "stripe_account_balance" ? { ...one, lane: "urgent" as const } : one,
      ),
    }));
    const { rows: before } = await home.pool.query<{ id: number }>(
      "select coalesce(max(id), 0) as id from contact_writes",
    );
    sandbox.stripe.scenarios.addCredit(customer.id, 1500);
    await eventually(() => expect(shown("stripe_credit_available")).toBeGreaterThan(0), patient);
    await dunlin.settled();
    const { rows } = await home.pool.query<{ lane: number }>(
      "select lane from contact_writes where id > $1 and customer_id = $2",
      [before[0]?.id, customer.id],
    );
    expect(rows.map(({ lane }) => laneOfRank(lane))).toContain("urgent");
  });

  function attribute({ attributes }: MappingDocument, name: string): MappingDocument["attributes"][number] {
    const found = attributes.find((one) => one.name === name);
    if (!found) throw new Error(`There is no ${name}.`);
    return found;
  }

  describe("as a file", () => {
    const run = (...args: readonly string[]): Promise<CommandResult> =>
      runCommand(["mapping", ...args], {
        ...environmentFor(sandbox.url, 0),
        DUNLIN_DATA_DIR: home.dataDir,
        DATABASE_URL: home.databaseUrl,
      });

    it("is shown, checked, compared, tried and applied", async () => {
      const { output } = await run("show");
      const document = mappingDocument.parse(parse(output));
      expect(document).toEqual((await board()).document);
      const { version } = await board();
      const file = join(home.dataDir, "mapping.yaml");
      const plan = { name: "plan_upper", field: "plan", format: "upper", purpose: "Look at it." };
      await writeFile(file, stringify({ ...parse(output), attributes: [...parse(output).attributes, plan] }));

      expect(await run("check", file)).toMatchObject({ exitCode: 0, output: expect.stringContaining("can be saved") });
      expect((await run("diff", file)).output).toContain("New in Intercom: plan_upper");
      expect((await run("preview", customer.id, "--file", file)).output).toMatch(/~ +plan_upper +– +[A-Z]+/);
      expect(await run("apply", file, "--note", "by hand")).toMatchObject({
        exitCode: 0,
        output: expect.stringContaining(`Version ${version + 1} is on all contacts`),
      });
      expect(shown("plan_upper")).toBe(String(shown("stripe_plan")).toUpperCase());
      expect((await run("history")).output).toMatch(new RegExp(`^${version + 1} .*by hand$`, "m"));
      expect(parse((await run("show", String(version))).output)).toEqual(parse(output));
    });

    it("is refused with exit code 1 and the place of what is wrong", async () => {
      const file = join(home.dataDir, "wrong.yaml");
      await writeFile(file, "version: 1\nattributes:\n  - name: a\n    cel: profile.mrr >\n    purpose: Nothing.\n");
      const checked = await run("check", file);
      expect(checked.exitCode).toBe(1);
      expect(checked.output).toContain("attributes[0].cel");
      await writeFile(file, "version: 1\nattributes: [\n");
      expect((await run("check", "--offline", file)).output).toContain("wrong.yaml: ");
      expect((await run("apply", file)).exitCode).toBe(1);
    });

    it("can be looked at and replaced when this version does not understand it", async () => {
      const { version, document } = await board();
      const file = join(home.dataDir, "mended.yaml");
      await writeFile(file, stringify(document));
      const odd = { version: 1, attributes: [{ name: "plan", field: "no_such_field", purpose: "Know it." }] };
      await saveDocument(home.pool, { kind: "mapping", body: odd, basedOn: version, by: "a newer version" });

      const { output, exitCode } = await run("show");
      expect(exitCode).toBe(0);
      expect(output).toContain("# attributes[0].field: the profile has no field “no_such_field”");
      expect(parse(output)).toEqual(odd);
      expect((await run("history")).output).toContain("a newer version");
      expect(await run("apply", file)).toMatchObject({ exitCode: 0 });
      expect((await board()).document).toEqual(document);
    });
  });
});
