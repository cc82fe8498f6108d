/** The one webhook endpoint, against a Stripe that keeps endpoints and remembers idempotency keys as the real one does. */
import { beforeEach, describe, expect, it } from "vitest";
import { pinnedVersion } from "../../test/support/builders.ts";
import { subscribedTypes } from "../events/catalogue.ts";
import type { StripeAnswer, StripeClient, StripeJson } from "../stripe/client.ts";
import { StripeForbidden, StripeNotFound, StripeUnauthorized } from "../stripe/failure.ts";
import { allWork } from "./check.ts";
import { ensureEndpoint, findAccount, inspectEndpoint, probePermissions, type StoredEndpoint } from "./setup-stripe.ts";

const url = "https://dunlin.example/webhooks/stripe";

let endpoints: Map<string, Record<string, unknown>>;
let remembered: Map<string, StripeJson>;
let minted: number;

beforeEach(() => {
  endpoints = new Map();
  remembered = new Map();
  minted = 0;
});

/** Answers of a repeated key are those of the first time, for a day. */
const stripe: StripeClient = {
  livemode: false,
  setShare: () => undefined,
  get: async () => answer({ data: [...endpoints.values()].toReversed().map(withoutSecret), has_more: false }),
  async post(path, body, key) {
    const known = remembered.get(key);
    if (known) return answer(known);
    const id = path.split("/")[3];
    const made = id === undefined ? create(body) : change(id, body);
    remembered.set(key, made);
    return answer(made);
  },
  async delete(path) {
    endpoints.delete(path.split("/")[3] ?? "");
    return answer({ deleted: true });
  },
};

function answer(body: StripeJson): StripeAnswer {
  return { body: structuredClone(body), answeredS: 1 };
}

function create(body: StripeJson): StripeJson {
  minted += 1;
  const made = { id: `we_${minted}`, status: "enabled", secret: `whsec_${minted}`, ...body };
  endpoints.set(made.id, made);
  return made;
}

function change(id: string, { disabled, ...body }: StripeJson): StripeJson {
  const known = endpoints.get(id);
  if (!known) throw new StripeNotFound(id);
  const changed = { ...known, ...body, ...(disabled === false ? { status: "enabled" } : {}) };
  endpoints.set(id, changed);
  return withoutSecret(changed);
}

function withoutSecret(endpoint: StripeJson): StripeJson {
  return { ...endpoint, secret: undefined };
}

/** Ensures the endpoint, and answers it as it would be stored. */
async function ensure(stored?: StoredEndpoint, address = url): Promise<StoredEndpoint & { readonly change: string }> {
  const { endpoint, change: what } = await ensureEndpoint(stripe, { url: address, stored });
  return { endpointId: endpoint.endpointId, secret: endpoint.secret, change: what };
}

const only = (): Record<string, unknown> | undefined => (endpoints.size === 1 ? [...endpoints.values()][0] : undefined);

describe("ensureEndpoint", () => {
  it("makes one endpoint with our version and exactly our types", async () => {
    expect(await ensure()).toEqual({ endpointId: "we_1", secret: "whsec_1", change: "created" });
    expect(only()).toMatchObject({
      url,
      api_version: pinnedVersion,
      enabled_events: subscribedTypes,
      metadata: { managed_by: "dunlin" },
    });
  });

  it("changes nothing when it is run again", async () => {
    const first = await ensure();

    expect(await ensure(first)).toEqual({ ...first, change: "none" });
    expect(endpoints.size).toBe(1);
  });

  it("moves the endpoint to another address", async () => {
    const first = await ensure();

    expect(await ensure(first, "https://other.example/webhooks/stripe")).toEqual({ ...first, change: "updated" });
    expect(only()).toMatchObject({ url: "https://other.example/webhooks/stripe" });
  });

  it("brings the types up to date", async () => {
    const first = await ensure();
    endpoints.set("we_1", { ...only(), enabled_events: ["invoice.created"] });

    expect((await ensure(first)).change).toBe("updated");
    expect(only()).toMatchObject({ enabled_events: subscribedTypes });
  });

  it("enables a disabled endpoint, every time", async () => {
    const first = await ensure();
    for (let time = 0; time < 2; time += 1) {
      endpoints.set("we_1", { ...only(), status: "disabled" });
      await ensure(first);

      expect(only()).toMatchObject({ status: "enabled" });
    }
  });

  it("makes a new one when somebody has deleted ours, even on the same day", async () => {
    const first = await ensure();
    endpoints.delete(first.endpointId);
    const second = await ensure(first);

    expect(only()).toMatchObject({ id: second.endpointId });
    expect(second.secret).toBe(only()?.["secret"]);
  });

  it("makes a new one when the secret of ours was lost, and removes the old one", async () => {
    await ensure();
    const second = await ensure(undefined);

    expect(only()).toMatchObject({ id: second.endpointId });
    expect(second).toMatchObject({ endpointId: "we_2", secret: "whsec_2", change: "created" });
  });

  it("makes a new one for another version, and removes the old one", async () => {
    const first = await ensure();
    endpoints.set("we_1", { ...only(), api_version: "2025-03-31.basil" });

    expect(await ensure(first)).toMatchObject({ change: "created" });
    expect(only()).toMatchObject({ api_version: pinnedVersion });
  });

  it("leaves foreign endpoints alone, even at the same address", async () => {
    endpoints.set("we_foreign", { id: "we_foreign", url, api_version: "2020-08-27", metadata: {} });
    await ensure();

    expect([...endpoints.keys()].toSorted()).toEqual(["we_1", "we_foreign"]);
  });
});

describe("inspectEndpoint", () => {
  it.each<[string, Record<string, unknown>, boolean]>([
    ["it is as it should be", {}, true],
    ["it is disabled", { status: "disabled" }, false],
    ["it points elsewhere", { url: "https://other.example" }, false],
    ["it sends another version", { api_version: "2020-08-27" }, false],
    ["it lacks types", { enabled_events: ["customer.created"] }, false],
  ])("says whether %s, without touching it", async (_what, parts, fine) => {
    const stored = await ensure();
    endpoints.set("we_1", { ...only(), ...parts });
    const before = structuredClone(only());

    expect(allWork([await inspectEndpoint(stripe, { stored: stored, url: url })])).toBe(fine);
    expect(only()).toEqual(before);
  });

  it("says that there is none", async () => {
    expect(await inspectEndpoint(stripe, { stored: undefined, url: url })).toMatchObject({ state: "failed" });
  });
});

/** A Stripe that answers every read with this. */
function answering(get: StripeClient["get"]): StripeClient {
  return { ...stripe, get };
}

describe("findAccount", () => {
  it("names the account and the mode", async () => {
    const account = { id: "acct_1", settings: { dashboard: { display_name: "Acme" } } };

    expect(await findAccount(answering(async () => answer(account)))).toEqual({
      accountId: "acct_1",
      label: "Acme · test mode",
    });
  });

  it("makes do without, when the key may not ask", async () => {
    const refusing = answering(() => Promise.reject(new StripeForbidden("rak_connected_account_read")));

    expect(await findAccount(refusing)).toEqual({ accountId: null, label: "Stripe · test mode" });
  });

  it("does not go on with a key that Stripe does not know", async () => {
    await expect(findAccount(answering(() => Promise.reject(new StripeUnauthorized())))).rejects.toBeInstanceOf(
      StripeUnauthorized,
    );
  });
});

describe("probePermissions", () => {
  const lacking = (path: string): StripeClient =>
    answering((asked) => (asked === path ? Promise.reject(new StripeForbidden(null)) : Promise.resolve(answer({}))));

  it("is content with a key that may do everything", async () => {
    expect(
      allWork(
        await probePermissions(
          answering(async () => answer({})),
          { webhook: true },
        ),
      ),
    ).toBe(true);
  });

  it.each([
    "/v1/customers",
    "/v1/subscriptions",
    "/v1/invoices",
    "/v1/charges",
    "/v1/payment_intents",
    "/v1/payment_methods",
    "/v1/products",
    "/v1/disputes",
    "/v1/events",
  ])("names what is missing: %s", async (path) => {
    const missing = (await probePermissions(lacking(path), { webhook: false })).filter(
      ({ state }) => state === "failed",
    );

    expect(missing).toHaveLength(1);
    expect(missing[0]?.remedy).toMatch(/rak_[a-z_]+_read/);
  });

  it("needs the right to make webhooks only where one is made", async () => {
    const stripeWithout = lacking("/v1/webhook_endpoints");

    expect(allWork(await probePermissions(stripeWithout, { webhook: false }))).toBe(true);
    expect(allWork(await probePermissions(stripeWithout, { webhook: true }))).toBe(false);
  });
});
