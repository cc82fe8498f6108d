/** The Mapping and Plans pages as people use them, served by Dunlin itself: a change goes all the way to the contacts, and a plan to a receipt. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser, Locator, Page } from "playwright-core";
import type Stripe from "stripe";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { noBrowser, openBrowser, openPage, type PageOptions, type WatchedPage } from "../support/browser.ts";
import { countUnfinished, createHome, type Home } from "../support/home.ts";
import { startDunlinProcess, type DunlinProcess } from "../support/process.ts";
import { readPulse } from "../support/pulse.ts";
import { findCustomer, openSandbox, stripeOf } from "../support/sandbox.ts";
import { eventually } from "../support/wait.ts";

describe.skipIf(noBrowser)(`the Mapping and Plans pages${noBrowser ? ` (skipped: ${noBrowser})` : ""}`, () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: DunlinProcess;
  let browser: Browser;

  beforeAll(async () => {
    [sandbox, home, browser] = await Promise.all([openSandbox(), createHome(), openBrowser()]);
    const env = { DATABASE_URL: home.databaseUrl };
    dunlin = await startDunlinProcess({ sandboxUrl: sandbox.url, dataDir: home.dataDir, env });
    await eventually(
      async () => {
        expect((await readPulse(dunlin.url)).backfill?.state).toBe("done");
        expect(await countUnfinished(home.pool)).toBe(0);
      },
      { withinMs: 15_000 },
    );
  });

  afterAll(async () => {
    await browser.close();
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  /** Opens a page, lets the test look, and then asks whether anything went wrong underneath. */
  async function onPage(
    path: string,
    look: (watched: WatchedPage) => Promise<void>,
    { expected = /^$/, ...options }: PageOptions & { readonly expected?: RegExp } = {},
  ): Promise<void> {
    const watched = await openPage(browser, options);
    try {
      await watched.page.goto(`${dunlin.url}${path}`);
      await look(watched);
      expect((await watched.complaints()).filter((line) => !expected.test(line))).toEqual([]);
    } finally {
      await watched.page.context().close();
    }
  }

  const button = (page: Page | Locator, name: string | RegExp): Locator =>
    page.getByRole("button", typeof name === "string" ? { name, exact: true } : { name });
  const field = (page: Page | Locator, name: string): Locator => page.getByRole("textbox", { name, exact: true });

  /** How many contacts in Intercom have a value under this name. */
  function countWith(name: string): number {
    return sandbox.intercom
      .contacts()
      .filter(({ state, custom_attributes: values }) => state === "live" && (values[name] ?? null) !== null).length;
  }

  async function save(page: Page, note: string): Promise<void> {
    await button(page, "Save …").last().click();
    await field(page, "Note").fill(note);
    await button(page, "Save").click();
  }

  it("switches an attribute off, takes its values out of all contacts, and keeps it in the history", () =>
    onPage("/mapping", async ({ page, accessibilityProblems }) => {
      expect(countWith("stripe_mrr")).toBeGreaterThan(0);
      await page.getByPlaceholder("Search attributes").fill("monthly brings");
      expect(await accessibilityProblems()).toEqual([]);
      await page.getByPlaceholder("Search attributes").fill("stripe_mrr");
      await page.getByRole("switch", { name: "stripe_mrr is shown in Intercom" }).press("Space");
      await page.getByText("Checked, nothing is wrong").waitFor();
      await button(page, "stripe_mrr").click();
      await page.getByRole("switch", { name: /^Also take its values/ }).press("Space");
      expect(await accessibilityProblems()).toEqual([]);
      await button(page, "Apply").click();
      await page.getByText("2 changes").waitFor();

      await button(page, "What would change").click();
      await page.getByText(/contacts would change/).waitFor();
      expect(await page.getByRole("dialog").innerText()).toContain("Taken out and archived");
      expect(await accessibilityProblems()).toEqual([]);
      await save(page, "Revenue is not for everybody.");

      await page.getByText("Version 1 is on all contacts.").first().waitFor({ timeout: 20_000 });
      expect(countWith("stripe_mrr")).toBe(0);
      await page.getByRole("tab", { name: "History" }).click();
      expect(await page.getByRole("list", { name: "Versions" }).innerText()).toContain("Revenue is not for everybody.");
    }));

  it("shows where an expression is wrong, and saves it once it is right", () =>
    onPage("/mapping", async ({ page, accessibilityProblems }) => {
      await button(page, "Add attribute").click();
      await page.getByText("Expression", { exact: true }).click();
      await field(page, "Expression (CEL)").fill('profile.mrr >= 100.0 ? "large" :');
      await field(page, "Name").fill("customer_size");
      await field(page, "Purpose").fill("Route large customers to the right team.");
      await page.getByText(/character 33/).waitFor();
      expect(await accessibilityProblems()).toEqual([]);
      await button(page, "Add").click();
      await page.getByText(/character 33/).waitFor();

      await field(page, "Expression (CEL)").fill('profile.mrr >= 100.0 ? "large" : "small"');
      await page.getByText(/character 33/).waitFor({ state: "hidden" });
      await button(page, "Add").click();
      await page.getByRole("dialog").waitFor({ state: "hidden" });
      await save(page, "By size.");
      await page.getByText("Version 2 is on all contacts.").first().waitFor({ timeout: 20_000 });
      expect(countWith("customer_size")).toBeGreaterThan(0);
    }));

  it("brings a former version back as a draft, and discards it", () =>
    onPage("/mapping", async ({ page, accessibilityProblems }) => {
      await page.getByRole("tab", { name: "History" }).click();
      await button(page, "Bring back version 1").click();
      await page.getByText("1 change").waitFor();
      expect(await accessibilityProblems()).toEqual([]);
      await page.getByRole("tab", { name: /^Attributes/ }).click();
      await page.getByPlaceholder("Search attributes").fill("customer_size");
      await page.getByText("No attribute fits").waitFor();
      await button(page, "Discard").click();
      await button(page, "customer_size").waitFor();
    }));

  it("explains that somebody else was faster", () =>
    // The browser itself reports the refusal.
    onPage("/mapping", overtaken, { expected: /409 \(Conflict\)/ }));

  async function overtaken({ page }: WatchedPage): Promise<void> {
    await page.getByRole("tab", { name: "Data events" }).click();
    await page.getByRole("switch", { name: "Payment failed" }).press("Space");
    await page.getByText("1 change").waitFor();
    const answer = await fetch(`${dunlin.url}/api/mapping`);
    const { document, version }: { document: object; version: number } = JSON.parse(await answer.text());
    await fetch(`${dunlin.url}/api/mapping`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ document: { ...document, primarySubscription: "newest" }, basedOn: version }),
    });
    await save(page, "Too late.");
    await page.getByText("Somebody was faster").waitFor();
    await button(page, "Load the newest version").click();
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByRole("tab", { name: "Plan and subscription" }).click();
    expect(await page.getByRole("radio", { name: /^The newest/ }).isChecked()).toBe(true);
    expect(await page.getByText("1 change").count()).toBe(0);
  }

  it("makes a receipt from plans that were just added", () =>
    onPage("/plans", async ({ page, accessibilityProblems }) => {
      const customer = await monthlyPayer();
      const prices = await monthlyPrices(customer);
      for (const [name, price] of prices) {
        await button(page, "Add plan").click();
        await field(page, "Name").fill(name);
        await field(page, "Price id from Stripe").fill(price);
        await button(page, "Add").click();
        await page.getByRole("dialog").waitFor({ state: "hidden" });
      }
      await page.getByText("Checked, nothing is wrong").waitFor();
      expect(await accessibilityProblems()).toEqual([]);
      await save(page, "What we sell.");
      await page.getByText(/^Version 1, saved/).waitFor();

      await page.getByRole("tab", { name: "Savings receipt" }).click();
      await field(page, "Customer").fill(customer.id);
      await button(page, "Make receipt").click();
      const receipt = page.getByRole("article", { name: "Savings receipt" });
      await receipt.waitFor();
      const text = await receipt.innerText();
      expect(text).toContain(customer.id);
      expect(text).toMatch(/Saves a year|Costs more a year/);
      expect(await accessibilityProblems()).toEqual([]);
    }));

  it.each([
    { path: "/mapping", colorScheme: "dark", width: 390 },
    { path: "/plans", colorScheme: "dark", width: 390 },
  ] as const)("can be used by everybody ($path, $colorScheme, $width px wide)", ({ path, ...options }) =>
    onPage(
      path,
      async ({ page, accessibilityProblems }) => {
        await page.getByRole("tab").first().waitFor();
        expect(await accessibilityProblems()).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")).toBe(true);
      },
      options,
    ),
  );

  it("speaks German on demand", () =>
    onPage("/mapping", async ({ page, accessibilityProblems }) => {
      await button(page, /Deutsch/).click();
      await page.getByRole("heading", { level: 1, name: "Zuordnung" }).waitFor();
      await page.getByRole("tab", { name: "Datenereignisse" }).click();
      await page.getByText("Zahlung fehlgeschlagen").waitFor();
      expect(await accessibilityProblems()).toEqual([]);
    }));

  /** Somebody who goes on paying for one thing each month. */
  function monthlyPayer(): Promise<Stripe.Customer> {
    return findCustomer(sandbox, ({ subscriptions }) => {
      const [subscription] = subscriptions?.data ?? [];
      const [item, ...others] = subscription?.items.data ?? [];
      const isSteady = subscription?.status === "active" && subscription.cancel_at === null && others.length === 0;
      return isSteady && item?.price.recurring?.interval === "month";
    });
  }

  /** The monthly licensed prices in the customer's currency, by a name for each. */
  async function monthlyPrices(customer: Stripe.Customer): Promise<readonly (readonly [string, string])[]> {
    const own = customer.subscriptions?.data[0]?.items.data[0]?.price;
    const { data } = await stripeOf(sandbox).prices.list({ limit: 100, currency: own?.currency ?? "eur" });
    const fitting = data.filter(
      ({ recurring, unit_amount: amount }) =>
        recurring?.interval === "month" && recurring.usage_type === "licensed" && amount !== null,
    );
    const others = fitting.filter(({ id }) => id !== own?.id).slice(0, 1);
    return [["Present", own?.id ?? ""], ...others.map(({ id }): readonly [string, string] => ["Other", id])];
  }
});
