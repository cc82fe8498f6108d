/** The sandbox's control page: press a button at Stripe and watch the contact change in Intercom. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Browser } from "playwright-core";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { foreignHost, noBrowser, openBrowser, openPage } from "../support/browser.ts";
import { createHome, type Home } from "../support/home.ts";
import { attributesOf, findSteadyCustomer, openSandbox } from "../support/sandbox.ts";
import { startDunlin, type Dunlin } from "../support/server.ts";
import { eventually } from "../support/wait.ts";

describe.skipIf(noBrowser)(`the control page${noBrowser ? ` (skipped: ${noBrowser})` : ""}`, () => {
  let sandbox: Sandbox;
  let home: Home;
  let dunlin: Dunlin;
  let browser: Browser;

  beforeAll(async () => {
    [sandbox, home, browser] = await Promise.all([openSandbox(), createHome(), openBrowser()]);
    dunlin = await startDunlin({ sandbox, home });
    await dunlin.settled();
  });

  afterAll(async () => {
    await browser.close();
    await dunlin.stop();
    await sandbox.close();
    await home.remove();
  });

  it("lets a payment fail and shows the contact change", async () => {
    const customer = await findSteadyCustomer(sandbox);
    const { page, complaints } = await openPage(browser);
    await page.goto(sandbox.url);
    await page.getByRole("searchbox", { name: "Search customers" }).fill(customer.email ?? "");
    await page.locator(`#customers [data-key="${customer.id}"]`).click();
    const contact = page.locator("#contact");
    await eventually(async () => expect(await contact.innerText()).toContain("stripe_status"), { withinMs: 15_000 });

    await page.getByRole("button", { name: "Let the payment fail" }).click();

    await eventually(
      async () => {
        expect(attributesOf(sandbox, customer.metadata["user_id"] ?? "")["status"]).toBe("past_due");
        expect(await contact.innerText()).toMatch(/past_due|past due/i);
      },
      { withinMs: 15_000 },
    );
    expect(await complaints()).toEqual([]);
    await page.context().close();
  });

  it("lets somebody new buy", async () => {
    const { page, complaints } = await openPage(browser);
    await page.goto(sandbox.url);
    await page.getByRole("button", { name: "New…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name").fill("Nora Neukauf");
    await dialog.getByLabel("E-mail").fill("nora.neukauf@example.com");
    await dialog.getByRole("button", { name: "Buy" }).click();
    await eventually(async () => expect(await page.locator("#chosen").innerText()).toContain("Nora Neukauf"), {
      withinMs: 15_000,
    });
    expect(await complaints()).toEqual([]);
    await page.context().close();
  });

  it.each(["light", "dark"] as const)("can be used by everybody (%s)", async (colorScheme) => {
    const { page, accessibilityProblems } = await openPage(browser, { colorScheme });
    await page.goto(sandbox.url);
    await page.locator("#customers").getByRole("button").first().waitFor();
    await eventually(async () => expect(await page.locator("#contact").innerText()).not.toBe(""), { withinMs: 15_000 });
    expect(await accessibilityProblems()).toEqual([]);
    await page.context().close();
  });

  it("answers nobody who calls it under a foreign name", async () => {
    const { page } = await openPage(browser);
    const answer = await page.goto(sandbox.url.replace("127.0.0.1", foreignHost));
    expect(answer?.status()).toBe(403);
    await page.context().close();
  });
});
