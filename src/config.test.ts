/** The environment: defaults, every mistake at once, files for secrets, and what may be logged. */
import { describe, expect, it } from "vitest";
import { ConfigInvalid, configKeys, maskedConfig, readConfig, reportingOf, type Environment } from "./config.ts";

/** What is wrong with an environment. */
function problems(env: Environment, readFile?: (path: string) => string): readonly string[] {
  try {
    readConfig(env, readFile);
    return [];
  } catch (error) {
    if (error instanceof ConfigInvalid) return error.problems;
    throw error;
  }
}

const noFile = (path: string): string => {
  throw new Error(`There is no ${path}.`);
};

describe("readConfig", () => {
  it("needs nothing: the sandbox runs without any setting", () => {
    expect(readConfig({}, noFile)).toMatchObject({
      port: 4242,
      host: "127.0.0.1",
      dataDir: "./data",
      createContacts: "identified",
      userIdKeys: ["user_id", "userId", "external_id", "intercom_user_id"],
      attributePreset: "auto",
      settleMs: 400,
      logLevel: "info",
      stripeApiBase: "https://api.stripe.com",
      publicUrl: undefined,
      databaseUrl: undefined,
      stripeApiKey: undefined,
      stripeWebhookSecrets: undefined,
    });
  });

  it("cannot be changed afterwards", () => {
    expect(Object.isFrozen(readConfig({}, noFile))).toBe(true);
  });

  it("reads numbers and lists", () => {
    const config = readConfig(
      { PORT: "80", DUNLIN_USER_ID_KEYS: " id , uid ,", STRIPE_WEBHOOK_SECRET: "whsec_a, whsec_b" },
      noFile,
    );

    expect(config).toMatchObject({ port: 80, userIdKeys: ["id", "uid"], stripeWebhookSecrets: ["whsec_a", "whsec_b"] });
  });

  it("reads rates from a file, and says which line is wrong", () => {
    const env = { DUNLIN_REPORTING_CURRENCY: "EUR", DUNLIN_RATES_FILE: "/rates.csv" };
    const config = readConfig(env, () => "date,currency,rate\n2026-08-03,USD,0.86\n");

    expect(reportingOf(config)?.currency).toBe("eur");
    expect(JSON.stringify(maskedConfig(config))).toContain('"DUNLIN_RATES":"1 rate"');
    expect(problems(env, () => "2026-08-03,USD,0")).toEqual([
      "DUNLIN_RATES cannot be read: line 1: rate is no number above zero such as 0.9231.",
    ]);
    expect(problems({ DUNLIN_REPORTING_CURRENCY: "Euro" })).toEqual([
      "DUNLIN_REPORTING_CURRENCY must be a currency such as EUR.",
    ]);
    expect(reportingOf(readConfig({}, noFile))).toBeUndefined();
  });

  it("takes an empty or blank setting for one that is not set", () => {
    expect(
      readConfig({ PORT: "", STRIPE_API_KEY: "  ", PUBLIC_URL: "", DUNLIN_CREATE_CONTACTS: " " }, noFile),
    ).toMatchObject({
      port: 4242,
      stripeApiKey: undefined,
      publicUrl: undefined,
      createContacts: "identified",
    });
  });

  it("takes the space off a value that was pasted", () => {
    expect(readConfig({ STRIPE_API_KEY: " rk_test_1\n" }, noFile).stripeApiKey).toBe("rk_test_1");
  });

  it("names every mistake at once", () => {
    const env = {
      PORT: "eighty",
      PUBLIC_URL: "example.com",
      DATABASE_URL: "mysql://localhost",
      DUNLIN_SECRET_KEY: "short",
      DUNLIN_ADMIN_TOKEN: "short",
      DUNLIN_CREATE_CONTACTS: "everybody",
      DUNLIN_ATTRIBUTE_PRESET: "intercom",
      DUNLIN_SETTLE_MS: "-1",
      DUNLIN_LOG_LEVEL: "loud",
      STRIPE_API_KEY: "pk_test_1",
      STRIPE_API_BASE: "ftp://example.com",
      INTERCOM_REGION: "mars",
      SANDBOX_CUSTOMERS: "0",
    };
    const found = problems(env, noFile);

    expect(found.map((problem) => problem.split(" ")[0])).toEqual(expect.arrayContaining(Object.keys(env)));
    expect(found).toHaveLength(Object.keys(env).length);
  });

  it.each([
    [{ PORT: "70000" }, "PORT"],
    [{ PORT: "80.5" }, "PORT"],
    [{ PORT: "80 " + "x" }, "PORT"],
    [{ DUNLIN_SETTLE_MS: "60001" }, "DUNLIN_SETTLE_MS"],
    [{ STRIPE_API_KEY: "sk_test_" }, "STRIPE_API_KEY"],
    [{ STRIPE_API_KEY: "sk_test_a b" }, "STRIPE_API_KEY"],
    [{ STRIPE_WEBHOOK_SECRET: " , " }, "STRIPE_WEBHOOK_SECRET"],
    [{ PUBLIC_URL: "javascript:alert(1)" }, "PUBLIC_URL"],
  ])("refuses %j", (env, name) => {
    expect(problems(env, noFile)).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
  });

  it("never repeats a value, which may be a secret in the wrong place", () => {
    const secret = "hunter2-hunter2";
    const env = Object.fromEntries(Object.values(configKeys).map(({ env: name }) => [name, secret]));

    expect(problems(env, noFile).length).toBeGreaterThan(5);
    expect(problems(env, noFile).join(" ")).not.toContain(secret);
  });

  it("says in whole sentences what is wrong", () => {
    expect(problems({ PORT: "x", STRIPE_API_KEY: "x" }, noFile)).toEqual([
      "PORT must be a port number.",
      "STRIPE_API_KEY must be a Stripe key: sk_test_…, rk_test_…, sk_live_… or rk_live_….",
    ]);
    expect(new ConfigInvalid(["PORT must be a port number."]).message).toContain("PORT must be a port number.");
  });
});

describe("a setting in a file", () => {
  const files: Readonly<Record<string, string>> = { "/run/key": "rk_live_1\n", "/run/empty": "\n" };
  const readFile = (path: string): string => files[path] ?? noFile(path);

  it("is read from the file that NAME_FILE names", () => {
    expect(readConfig({ STRIPE_API_KEY_FILE: "/run/key" }, readFile).stripeApiKey).toBe("rk_live_1");
  });

  it("must be readable", () => {
    expect(problems({ STRIPE_API_KEY_FILE: "/run/none" }, readFile)).toEqual([
      "STRIPE_API_KEY_FILE names /run/none, which cannot be read.",
    ]);
  });

  it("must not be set twice", () => {
    expect(problems({ STRIPE_API_KEY_FILE: "/run/key", STRIPE_API_KEY: "rk_test_2" }, readFile)).toEqual([
      "STRIPE_API_KEY and STRIPE_API_KEY_FILE are both set; keep one of them.",
    ]);
  });

  it("counts as not set when the file is empty, as an empty setting does", () => {
    expect(readConfig({ PORT_FILE: "/run/empty", STRIPE_API_KEY_FILE: "/run/empty" }, readFile)).toMatchObject({
      port: 4242,
      stripeApiKey: undefined,
    });
  });

  it("may be named by an empty NAME_FILE, which says nothing", () => {
    expect(readConfig({ STRIPE_API_KEY_FILE: "", STRIPE_API_KEY: "rk_test_2" }, readFile).stripeApiKey).toBe(
      "rk_test_2",
    );
  });
});

describe("maskedConfig", () => {
  it("shows settings by name, and of secrets only that they are set", () => {
    const config = readConfig(
      {
        DATABASE_URL: "postgres://user:pass-word@localhost/dunlin",
        STRIPE_API_KEY: "rk_live_secret",
        STRIPE_WEBHOOK_SECRET: "whsec_secret",
        INTERCOM_ACCESS_TOKEN: "token-secret",
        INTERCOM_CLIENT_SECRET: "client-secret",
        DUNLIN_SECRET_KEY: "key-secret-key-secret-key-secret-key",
        DUNLIN_ADMIN_TOKEN: "admin-secret-admin-secret",
      },
      noFile,
    );
    const masked = maskedConfig(config);

    expect(masked).toMatchObject({ PORT: 4242, STRIPE_API_KEY: "set", DATABASE_URL: "set" });
    expect(JSON.stringify(masked)).not.toMatch(/secret|pass-word/);
  });

  it("leaves out what is not set", () => {
    expect(maskedConfig(readConfig({}, noFile))).not.toHaveProperty("STRIPE_API_KEY");
  });

  it("calls everything a secret that sounds like one", () => {
    for (const { env, ...rest } of Object.values(configKeys)) {
      const isSecret = "secret" in rest && rest.secret === true;
      expect(`${env}: ${isSecret}`).toBe(`${env}: ${/API_KEYS?$|SECRET_KEY|TOKEN|SECRET|DATABASE_URL/.test(env)}`);
    }
  });

  it("has one line of help for every setting", () => {
    for (const { help } of Object.values(configKeys)) expect(help).toMatch(/^[A-Z].+\.$/);
  });
});
