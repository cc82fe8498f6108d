/** The Pulse page as people see it, served by Dunlin itself: billing flows, nothing breaks, everybody can use it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import {
  foreignHost,
  noBrowser,
  openBrowser,
  openPage,
  type PageOptions,
  type WatchedPage,
} from "../support/browser.ts";
import { countUnfinished, createHome, type Home } from "../support/home.ts";
import { startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { readPulse } from "../support/pulse.ts";
import { findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

const adminToken = "an-admin-token-for-the-browser";

describe.skipIf(noBrowser)(`the Pulse page${noBrowser ? ` (skipped: ${noBrowser})` : ""}`, () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: DunlinProcess;
  let browser: Browser;

  beforeAll(async () => {
    [sandbox, home, browser] = await Promise.all([openSandbox(), createHome(), openBrowser()]);
    dunlin = await start();
    await eventually(
      async () => {
        expect((await readPulse(dunlin.url)).backfill?.state).toBe("done");
        expect(await countUnfinished(home.pool)).toBe(0);
      },
      { withinMs: 15_000 },
    );
  });

  /** The compiled program with the built pages, as people run it. */
  function start(port?: number): Promise<DunlinProcess> {
    const env = { DATABASE_URL: home.databaseUrl, DUNLIN_ADMIN_TOKEN: adminToken };
    return startDunlinProcess({
      sandboxUrl: sandbox.url,
      dataDir: home.dataDir,
      env,
      ...(port === undefined ? {} : { port }),
    });
  }

  afterAll(async () => {
    await browser.close();
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  /** Opens the page, lets the test look, and then asks whether anything went wrong underneath. */
  async function onPage(look: (watched: WatchedPage) => Promise<void>, options: PageOptions = {}): Promise<void> {
    const watched = await openPage(browser, options);
    try {
      await watched.page.goto(dunlin.url);
      await watched.page.getByRole("heading", { level: 1 }).waitFor();
      await look(watched);
      expect(await watched.complaints()).toEqual([]);
    } finally {
      await watched.page.context().close();
    }
  }

  const list = (page: Page, name: string): Locator => page.getByRole("list", { name });

  it("shows the customers, the connections, and who is left out", () =>
    onPage(async ({ page }) => {
      const text = await eventually(
        async () => {
          const shown = await page.locator("body").innerText();
          expect(shown).toContain("of 12");
          return shown;
        },
        { withinMs: 15_000 },
      );
      expect(text).toContain("Lapwing Analytics · test mode");
      await page.getByRole("button", { name: "1 left out" }).click();
      expect(await list(page, "Customers left out, and why").innerText()).toContain(
        "Several contacts share the e-mail",
      );
    }));

  it("shows a failed payment among the events and the writes within three seconds", () =>
    onPage(async ({ page }) => {
      const customer = await findSteadyCustomer(sandbox);
      sandbox.stripe.scenarios.paymentFails(customer.id);

      const patience = { withinMs: 15_000, everyMs: 50 };
      const name = customer.name ?? "";
      await eventually(
        async () => expect(await list(page, "What Stripe told us").innerText()).toContain(name),
        patience,
      );
      await eventually(async () => {
        const writes = await list(page, "What changed in Intercom").innerText();
        expect(writes).toContain(name);
        expect(writes).toContain("past_due");
      }, patience);
      expect(await list(page, "What Stripe told us").innerText()).toMatch(/payment_failed|charge\.failed|invoice\./);
    }));

  it("links a write to the contact it changed", () =>
    onPage(async ({ page }) => {
      const link = list(page, "What changed in Intercom").getByRole("link").first();
      const address = await link.getAttribute("href");
      const contactId =
        /^https:\/\/app\.eu\.intercom\.com\/a\/apps\/[^/]+\/users\/([0-9a-f]{24})\//.exec(address ?? "")?.[1] ?? "";
      expect(sandbox.intercom.contact(contactId)).toBeDefined();
    }));

  it.each([
    { colorScheme: "light", width: 1280 },
    { colorScheme: "dark", width: 1280 },
    { colorScheme: "light", width: 390 },
  ] as const)("can be used by everybody ($colorScheme, $width px wide)", (options) =>
    onPage(async ({ page, accessibilityProblems }) => {
      await list(page, "What changed in Intercom").waitFor();
      expect(await accessibilityProblems()).toEqual([]);
      expect(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true);
    }, options),
  );

  it("speaks German on demand", () =>
    onPage(async ({ page }) => {
      await page
        .getByRole("radio", { name: /deutsch|^de$/i })
        .or(page.getByRole("button", { name: /deutsch|^de$/i }))
        .or(page.getByText(/^(Deutsch|DE)$/))
        .first()
        .click();
      await eventually(async () => expect(await page.locator("html").getAttribute("lang")).toMatch(/^de/), {
        withinMs: 15_000,
      });
      expect(await page.locator("body").innerText()).toContain("Zahlung");
    }));

  it("asks who calls it under a foreign name for the admin token, and shows no data before", async () => {
    const { page, complaints, accessibilityProblems } = await openPage(browser);
    const address = dunlin.url.replace("127.0.0.1", foreignHost);
    const answer = await page.goto(address);
    expect(answer?.status()).toBe(401);
    expect(await page.getByRole("heading", { level: 1 }).innerText()).toBe("Sign in to Dunlin");
    expect(await page.locator("body").innerText()).not.toContain("Lapwing");
    expect(await accessibilityProblems()).toEqual([]);

    await page.getByLabel("Admin token").fill("not-the-admin-token-at-all");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Admin token").fill(adminToken);
    await page.getByRole("button", { name: "Sign in" }).click();
    await list(page, "What Stripe told us").waitFor({ timeout: 5000 });
    // The browser itself reports the refusals, and that plain http under a foreign name is not to be trusted.
    const expected = /401 \(Unauthorized\)|Cross-Origin-Opener-Policy header has been ignored/;
    expect((await complaints()).filter((line) => !expected.test(line))).toEqual([]);
    await page.context().close();
  });

  it("tells when the server is gone, and goes on when it is back", async () => {
    const { page } = await openPage(browser);
    await page.goto(dunlin.url);
    await list(page, "What Stripe told us").waitFor();
    await dunlin.stop();
    await page.getByText("Dunlin’s server cannot be reached").first().waitFor({ timeout: 15_000 });

    dunlin = await start(dunlin.port);
    await page.getByText("Dunlin’s server cannot be reached").first().waitFor({ state: "hidden", timeout: 20_000 });
    await page.context().close();
  });
});
