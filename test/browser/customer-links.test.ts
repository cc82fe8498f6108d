/** The pages behind links in a real browser: read, pressed, in both themes, with the policy in force. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LinkPurpose } from "../../src/links/link.ts";
import { noBrowser, openBrowser, openPage } from "../support/browser.ts";
import { openLinksScene, type LinksScene } from "../support/links-scene.ts";
import { freePort } from "../support/ports.ts";

describe.skipIf(noBrowser)(`the pages behind links${noBrowser ? ` (skipped: ${noBrowser})` : ""}`, () => {
  let scene: LinksScene;
  let browser: Browser;
  let port: number;

  beforeAll(async () => {
    port = await freePort();
    [scene, browser] = await Promise.all([openLinksScene({ port }), openBrowser()]);
  });

  afterAll(async () => {
    await browser.close();
    await scene.close();
  });

  const linkTo = async (purpose: LinkPurpose, customer: string): Promise<string> =>
    `http://127.0.0.1:${port}${await scene.linkTo(purpose, customer)}`;

  it("lets a customer pay with the keyboard, and says that it went well", async () => {
    const { customer } = await scene.owing("pm_card_visa", "insufficient_funds");
    scene.bankSays(customer, "succeed");
    const { page, complaints, accessibilityProblems } = await openPage(browser, { width: 390 });
    await page.goto(await linkTo("try_again", customer));
    expect(await accessibilityProblems()).toEqual([]);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForSelector("text=Bezahlt, vielen Dank");
    expect(await accessibilityProblems()).toEqual([]);
    await page.reload();
    expect(await page.locator("form").count()).toBe(0);
    expect(await complaints()).toEqual([]);
  });

  it("leads to Stripe's page and back, past the policy and without telling where one came from", async () => {
    const { customer } = await scene.owing("pm_card_visa", "lost_card");
    const { page, complaints, accessibilityProblems } = await openPage(browser, { colorScheme: "dark" });
    const referrers: (string | undefined)[] = [];
    page.on("request", (request) => referrers.push(request.headers()["referer"]));
    await page.goto(await linkTo("try_again", customer));
    expect(await accessibilityProblems()).toEqual([]);
    await page.getByRole("link", { name: "Zahlungsart aktualisieren" }).click();
    expect(await accessibilityProblems()).toEqual([]);
    await page.getByRole("button", { name: "Weiter zu Stripe" }).click();
    await page.waitForURL(/\/p\/session\//);
    expect(referrers.filter((referrer) => referrer?.includes("/l/"))).toEqual([]);
    await page.getByRole("button", { name: "Save" }).click();
    await page.waitForSelector("text=Vielen Dank");
    await page.getByRole("link", { name: "Offene Rechnung bezahlen" }).click();
    await page.getByRole("button").click();
    await page.waitForSelector("text=Bezahlt, vielen Dank");
    expect(await complaints()).toEqual([]);
  });

  it("says calmly that a link has ended", async () => {
    const { page, accessibilityProblems } = await openPage(browser);
    await page.goto(`http://127.0.0.1:${port}/l/nothing`);
    expect(await page.getByRole("heading").innerText()).toBe("This link no longer works");
    expect(await accessibilityProblems()).toEqual([]);
  });
});
