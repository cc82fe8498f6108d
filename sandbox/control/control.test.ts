import { beforeEach, describe, expect, it } from "vitest";
import { createIntercom, type IntercomVendor } from "../intercom/intercom.ts";
import { Deliveries } from "../kernel/deliveries.ts";
import { Faults } from "../kernel/faults.ts";
import { SandboxKernel } from "../kernel/kernel.ts";
import { SeededRandom } from "../kernel/random.ts";
import { RequestLog } from "../kernel/request-log.ts";
import { newCustomer } from "../stripe/objects/customer.ts";
import { createControl, type Control } from "./control.ts";
import type { Scenarios } from "./parts.ts";

let kernel: SandboxKernel;
let intercom: IntercomVendor;
let faults: Faults;
let requests: RequestLog;
let control: Control;
let asked: unknown[];

beforeEach(() => {
  kernel = new SandboxKernel({ seed: 1 });
  intercom = createIntercom(kernel, { clientSecret: "s", token: "t", region: "EU" });
  faults = new Faults(new SeededRandom(2));
  requests = new RequestLog();
  asked = [];
  control = createControl({
    kernel,
    stripe: {
      name: "stripe",
      handle: () => ({ status: 200, body: {} }),
      tick: () => {},
      scenarios: recordingScenarios(),
    },
    intercom,
    faults,
    deliveries: new Deliveries(new SeededRandom(3)),
    requests,
    clock: { advance: (seconds) => kernel.advance(seconds), asked: 0 },
  });
});

/** Notes what was asked for; cancelling is refused as Stripe would refuse it. */
function recordingScenarios(): Scenarios {
  const record = (name: string) => (customer: string, options?: object) => {
    asked.push([name, customer, options]);
    return { id: "sub_1" };
  };
  const cancel = () => {
    throw new Error("This customer has no running subscription.");
  };
  const other = record("other");
  return {
    paymentFails: other,
    paymentSucceeds: other,
    sepaReturn: other,
    refund: other,
    refundFails: other,
    dispute: other,
    closeDispute: other,
    fraudWarning: other,
    expireCard: other,
    replaceCard: other,
    cardReissued: other,
    upgrade: record("upgrade"),
    downgrade: other,
    renew: other,
    startTrial: other,
    trialEndsSoon: other,
    cancelAtPeriodEnd: other,
    keep: other,
    cancel,
    checkout: other,
    reportUsage: other,
    addCredit: record("addCredit"),
    updateCustomer: other,
    deleteCustomer: other,
  };
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = { "content-type": "application/json" },
) {
  const [pathname = "", query = ""] = path.split("?");
  return await control.handle({
    method,
    path: pathname,
    query: new URLSearchParams(query),
    headers,
    rawBody: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
  });
}

describe("the page", () => {
  it("is served with a policy that lets nothing in from outside", async () => {
    const page = await call("GET", "/");
    expect(page.body).toContain("<title>Dunlin sandbox</title>");
    expect(page.headers?.["content-security-policy"]).toContain("default-src 'none'");
    expect((await call("GET", "/assets/main.js")).headers?.["content-type"]).toContain("text/javascript");
  });

  it("gives away no other file", async () => {
    for (const path of ["/assets/../control.ts", "/assets/..%2fcontrol.ts", "/assets/", "/assets/nothing.js"]) {
      expect((await call("GET", path)).status).toBe(404);
    }
  });
});

describe("the door", () => {
  it("wants JSON for everything that changes something", async () => {
    const answer = await call("POST", "/control/clock", { advanceSeconds: 1 }, { "content-type": "text/plain" });
    expect(answer).toMatchObject({ status: 415, body: { error: expect.stringContaining("application/json") } });
    expect((await call("DELETE", "/control/faults", undefined, {})).status).toBe(415);
  });

  it("answers to localhost alone", async () => {
    expect((await call("GET", "/control/state", undefined, { host: "evil.example" })).status).toBe(403);
    expect((await call("GET", "/control/state", undefined, { host: "127.0.0.1:4243" })).status).toBe(200);
  });

  it("says plainly what it does not understand", async () => {
    expect(await call("GET", "/control/toString")).toMatchObject({ status: 404 });
    expect(await call("POST", "/control/actions", { action: "explode" })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining('no action "explode"') },
    });
    expect(await call("POST", "/control/actions", { action: "upgrade" })).toMatchObject({
      status: 400,
      body: { error: expect.stringContaining("customer") },
    });
    expect(await call("GET", "/control/customers/cus_none")).toMatchObject({ status: 404 });
  });
});

describe("customers", () => {
  it("are shown with the contact that fits by user id, then by address", async () => {
    const customers = kernel.store.collection<ReturnType<typeof newCustomer>>("stripe.customers");
    const born = { created: 1, invoice_prefix: "A" };
    customers.put(newCustomer({ ...born, id: "cus_1", name: "Ann", email: "ann@b.c", metadata: { user_id: "u1" } }));
    customers.put(newCustomer({ ...born, id: "cus_2", name: "Ben", email: "BEN@b.c" }));
    const ann = intercom.seedContact({ external_id: "u1", email: "other@b.c" });
    const ben = intercom.seedContact({ email: "ben@b.c" });

    expect((await call("GET", "/control/customers")).body).toMatchObject({
      total: 2,
      customers: [{ contactId: ann.id, plan: null }, { contactId: ben.id }],
    });
    expect((await call("GET", "/control/customers?q=ANN")).body).toMatchObject({
      total: 1,
      customers: [{ id: "cus_1" }],
    });
    expect((await call("GET", "/control/customers/cus_2")).body).toMatchObject({ name: "Ben", status: null });
  });
});

describe("contacts", () => {
  it("are shown with all that happened to them, without anybody's markup", async () => {
    intercom.addAttribute({ name: "plan", model: "contact", data_type: "string" });
    const { id } = intercom.seedContact({ email: "a@b.c", custom_attributes: { plan: "Team" } });
    await call("POST", "/control/actions", { action: "replyInMessenger", contact: id, text: "<img src=x> Help & me" });

    expect((await call("GET", `/control/contacts/${id}`)).body).toMatchObject({
      attributes: [{ name: "plan", type: "string", value: "Team" }],
      conversations: [
        { state: "open", parts: [{ author: { type: "user" }, text: expect.not.stringContaining("<img") }] },
      ],
    });
    expect((await call("GET", "/control/contacts?q=a@b")).body).toMatchObject({ total: 1 });
  });

  it("are edited, archived and deleted as a teammate would", async () => {
    const { id } = intercom.seedContact({ email: "a@b.c" });
    expect(
      (await call("POST", "/control/actions", { action: "editContact", contact: id, email: "new@b.c" })).status,
    ).toBe(200);
    expect(intercom.contact(id)?.email).toBe("new@b.c");
    await call("POST", "/control/actions", { action: "archiveContact", contact: id });
    expect((await call("GET", `/control/contacts/${id}`)).body).toMatchObject({ contact: { state: "archived" } });
    expect(await call("POST", "/control/actions", { action: "deleteContact", contact: id })).toMatchObject({
      status: 409,
      body: { error: "User Not Found" },
    });
  });
});

describe("actions on customers", () => {
  it("go to Stripe's scenarios with their options, and only with those", async () => {
    expect(await call("POST", "/control/actions", { action: "upgrade", customer: "cus_1" })).toMatchObject({
      status: 200,
      body: { done: { id: "sub_1" } },
    });
    await call("POST", "/control/actions", { action: "addCredit", customer: "cus_1", amount: 500 });
    expect(asked).toEqual([
      ["upgrade", "cus_1", {}],
      ["addCredit", "cus_1", { amount: 500 }],
    ]);
    expect((await call("POST", "/control/actions", { action: "upgrade", customer: "cus_1", amount: 5 })).status).toBe(
      400,
    );
    expect(
      (await call("POST", "/control/actions", { action: "addCredit", customer: "cus_1", amount: -5 })).status,
    ).toBe(400);
  });

  it("pass on why something can't be done", async () => {
    expect(await call("POST", "/control/actions", { action: "cancel", customer: "cus_1" })).toMatchObject({
      status: 409,
      body: { error: "This customer has no running subscription." },
    });
  });
});

describe("knobs", () => {
  it("tell the time, and count who asks", async () => {
    const answer = await call("GET", "/control/clock");
    expect(answer.body).toEqual({ nowMs: expect.closeTo(kernel.clock.nowMs(), -4) });
  });

  it("move time forward, never back", async () => {
    const before = kernel.clock.nowS();
    expect((await call("POST", "/control/clock", { advanceSeconds: 86_400 })).status).toBe(200);
    expect(kernel.clock.nowS()).toBeGreaterThanOrEqual(before + 86_400);
    expect((await call("POST", "/control/clock", { advanceSeconds: -1 })).status).toBe(400);
  });

  it("plant faults and take them away", async () => {
    const planted = await call("POST", "/control/faults", {
      vendor: "intercom",
      kind: "status",
      status: 503,
      rate: 0.5,
      pathPattern: "^/contacts",
    });
    expect(planted.body).toMatchObject({ id: "fault_1", hits: 0 });
    expect((await call("POST", "/control/faults", { vendor: "intercom", kind: "melt" })).status).toBe(400);
    expect((await call("POST", "/control/faults", { vendor: "intercom", kind: "slow", pathPattern: "(" })).status).toBe(
      400,
    );
    expect((await call("DELETE", "/control/faults/fault_9")).status).toBe(404);
    expect((await call("DELETE", "/control/faults/fault_1")).body).toEqual({ faults: [] });
    faults.add({ vendor: "stripe", kind: "html" });
    await call("DELETE", "/control/faults");
    expect(faults.list()).toEqual([]);
  });

  it("change deliveries and Intercom, and show in the state", async () => {
    await call("POST", "/control/deliveries", { duplicateRate: 0.25, paused: true });
    await call("POST", "/control/intercom", {
      searchLagMs: 2000,
      limitPerSlice: 100,
      unauthorized: true,
      preview: false,
      webhookUrl: "http://127.0.0.1:1/x",
      webhookTopics: ["contact.deleted"],
    });
    await call("POST", "/control/deliveries", { dropVendor: "intercom" });
    requests.add({
      at: 1,
      vendor: "stripe",
      method: "GET",
      path: "/v1/customers",
      query: "",
      body: undefined,
      status: 200,
    });

    expect((await call("GET", "/control/state")).body).toMatchObject({
      deliveries: { duplicateRate: 0.25, paused: true, dropRate: 0, dropVendor: "intercom" },
      intercom: {
        searchLagMs: 2000,
        limitPerSlice: 100,
        unauthorized: true,
        preview: false,
        webhookUrl: "http://127.0.0.1:1/x",
        webhookTopics: ["contact.deleted"],
      },
      requests: [{ seq: 1, path: "/v1/customers" }],
    });
    expect((await call("GET", "/control/requests?since=1")).body).toEqual({ last: 1, requests: [] });
    expect((await call("GET", "/control/requests?since=x")).status).toBe(400);
    expect((await call("POST", "/control/deliveries", { dropRate: 2 })).status).toBe(400);
  });
});
