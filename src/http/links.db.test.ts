/** The pages behind links, asked as browsers and mail scanners ask. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openLinksScene, type LinksScene } from "../../test/support/links-scene.ts";
import { revokeLinks } from "../links/store.ts";

const own = { "sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded" };

describe("the pages behind links", () => {
  let scene: LinksScene;

  beforeAll(async () => {
    scene = await openLinksScene();
  });
  afterAll(() => scene.close());

  const get = (url: string, headers: Record<string, string> = {}) =>
    scene.server.inject({ method: "GET", url, headers });
  const post = (url: string, form: Record<string, string> = {}, headers: Record<string, string> = own) =>
    scene.server.inject({ method: "POST", url, headers, payload: new URLSearchParams(form).toString() });
  const calls = () => scene.sandbox.requests.since(0).filter(({ method }) => method === "POST").length;

  describe("to change the payment method", () => {
    it("says in the customer's language what is going to happen, and does nothing", async () => {
      const url = await scene.linkTo("update_payment_method", await scene.customer("pm_card_visa", "de-AT"));
      const before = calls();
      const page = await get(url, { "accept-language": "en" });
      expect(page.statusCode).toBe(200);
      expect(page.body).toContain('<html lang="de">');
      expect(page.body).toContain("Zahlungsart aktualisieren");
      expect(page.body).toContain("Lapwing Analytics");
      expect(calls()).toBe(before);
    });

    it("leads to a portal session of this customer, and back to its thanks", async () => {
      const customer = await scene.customer("pm_card_visa");
      const url = await scene.linkTo("update_payment_method", customer);
      const answer = await post(url);
      expect(answer.statusCode).toBe(303);
      const portal = String(answer.headers.location);
      expect(portal).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/p\/session\//);
      const saved = await fetch(portal, {
        method: "POST",
        redirect: "manual",
        body: new URLSearchParams({ card: "pm_card_visa" }),
      });
      expect(saved.headers.get("location")).toBe(`http://127.0.0.1:4242${url}/done`);
      const thanks = await get(`${url}/done`, { "accept-language": "de" });
      expect(thanks.body).toContain("Vielen Dank");
    });

    it("falls back to an open invoice's page where the account has no portal, and else to words", async () => {
      for (const row of scene.sandbox.stripe.world.tables.portalConfigurations.all())
        scene.sandbox.stripe.world.tables.portalConfigurations.put({ ...row, active: false });
      const { customer } = await scene.owing("pm_card_visa", "insufficient_funds");
      const hosted = await post(await scene.linkTo("update_payment_method", customer));
      expect(hosted.statusCode).toBe(303);
      expect(hosted.headers.location).toMatch(/^https:\/\/invoice\.stripe\.com\//);
      const words = await post(await scene.linkTo("update_payment_method", await scene.customer("pm_card_visa")));
      expect(words.statusCode).toBe(200);
      expect(words.body).toContain("reply to our message");
      for (const row of scene.sandbox.stripe.world.tables.portalConfigurations.all())
        scene.sandbox.stripe.world.tables.portalConfigurations.put({ ...row, active: true });
    });
  });

  describe("to try again", () => {
    it("shows the invoice and why it failed, and charges nothing by being read", async () => {
      const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
      const page = await get(await scene.linkTo("try_again", customer));
      expect(page.body).toContain("49,00");
      expect(page.body).toContain("Das Konto war nicht ausreichend gedeckt.");
      expect(page.body).toContain(`name="invoice" value="${invoice}"`);
      expect((await scene.stripe.invoices.retrieve(invoice)).status).toBe("open");
    });

    it("pays what was confirmed, once, and says so", async () => {
      const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
      scene.bankSays(customer, "succeed");
      const url = await scene.linkTo("try_again", customer);
      const answer = await post(url, { invoice, amount: "4900" });
      expect([answer.statusCode, answer.headers.location]).toEqual([303, `http://127.0.0.1:4242${url}`]);
      expect((await scene.stripe.invoices.retrieve(invoice)).status).toBe("paid");
      const page = await get(url);
      expect(page.body).toContain("Bezahlt, vielen Dank");
      expect(page.body).toContain("49,00");
      expect(page.body).not.toContain("<form");
    });

    it("pays nothing when the amount is not the one that was shown", async () => {
      const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
      scene.bankSays(customer, "succeed");
      await post(await scene.linkTo("try_again", customer), { invoice, amount: "4800" });
      await post(await scene.linkTo("try_again", customer), {});
      expect((await scene.stripe.invoices.retrieve(invoice)).status).toBe("open");
    });

    it("says how the click went, and where else the invoice can be paid", async () => {
      const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
      const url = await scene.linkTo("try_again", customer);
      await post(url, { invoice, amount: "4900" });
      expect((await get(url)).body).toContain("Auch der Versuch eben hat leider nicht geklappt.");
      scene.sandbox.faults.add({ vendor: "stripe", kind: "status", status: 403, pathPattern: "/pay$", count: 1 });
      await post(url, { invoice, amount: "4900" });
      const page = await get(url);
      expect(page.body).toContain("ließ sich hier nicht starten");
      expect(page.body).toContain('href="https://invoice.stripe.com/');
      expect(page.body).toContain("<form");
    });

    it("offers another payment method where the present one cannot work", async () => {
      const { customer, invoice } = await scene.owing("pm_card_visa", "lost_card");
      const url = await scene.linkTo("try_again", customer);
      const page = await get(url);
      expect(page.body).toContain("Bitte verwenden Sie eine andere Zahlungsart");
      expect(page.body).not.toContain("<form");
      expect(page.body).not.toMatch(/verloren|lost/i);
      const [, onward = ""] = /href="http:\/\/127\.0\.0\.1:4242(\/l\/[\w-]+)"/.exec(page.body) ?? [];
      expect((await get(onward)).body).toContain("Zahlungsart aktualisieren");
      await post(url, { invoice, amount: "4900" });
      expect((await scene.stripe.invoices.retrieve(invoice)).status).toBe("open");
    });

    it("leads to the invoice where the bank waits for a confirmation", async () => {
      const { customer } = await scene.owing("pm_card_visa", "insufficient_funds");
      scene.bankSays(customer, "authenticate");
      const url = await scene.linkTo("try_again", customer);
      const shown = await get(url);
      const [, invoice = ""] = /name="invoice" value="([^"]+)"/.exec(shown.body) ?? [];
      await post(url, { invoice, amount: "4900" });
      const page = await get(url);
      expect(page.body).toContain("Ihre Bank möchte eine Bestätigung");
      expect(page.body).toContain('href="https://invoice.stripe.com/');
    });

    it("waits while a debit is on its way", async () => {
      const { customer, invoice } = await scene.owing("pm_sepaDebit", "AM04");
      scene.bankSays(customer, "succeed");
      const url = await scene.linkTo("try_again", customer);
      await post(url, { invoice, amount: "4900" });
      const page = await get(url);
      expect(page.body).toContain("Ihre Zahlung ist unterwegs");
      expect(page.body).not.toContain("<form");
      const charges = await scene.stripe.charges.list({ customer });
      await post(url, { invoice, amount: "4900" });
      expect((await scene.stripe.charges.list({ customer })).data).toHaveLength(charges.data.length);
    });

    it("says that nothing is open", async () => {
      const page = await get(await scene.linkTo("try_again", await scene.customer("pm_card_visa", "en")));
      expect(page.body).toContain("Nothing is open");
    });
  });

  describe("to see a saving or change the plan", () => {
    it("says in words that nothing can be said", async () => {
      const customer = await scene.customer("pm_card_visa", "en");
      for (const purpose of ["show_saving", "switch_plan"] as const) {
        const page = await get(await scene.linkTo(purpose, customer));
        expect(page.statusCode).toBe(200);
        expect(page.body).toContain("We would rather not guess");
        expect(page.body).not.toContain("dunlin plans");
        expect((await post(await scene.linkTo(purpose, customer))).statusCode).toBeLessThan(400);
      }
    });
  });

  describe("of links that do not work", () => {
    const calm = "This link no longer works";

    it("are the same page for all of them", async () => {
      const customer = await scene.customer("pm_card_visa");
      const good = await scene.linkTo("try_again", customer);
      const pages = [
        await get(`${good.slice(0, -1)}${good.endsWith("A") ? "B" : "A"}`),
        await get("/l/nonsense"),
        await get(await scene.linkTo("try_again", customer, -1)),
        await get(await scene.linkTo("try_again", "cus_nobody")),
      ];
      expect(pages.map(({ statusCode }) => statusCode)).toEqual([404, 404, 410, 410]);
      for (const { body } of pages) expect(body).toContain(calm);
      expect(new Set(pages.map(({ body }) => body)).size).toBe(1);
    });

    it("are those of a customer whose links were revoked, and not later ones", async () => {
      const customer = await scene.customer("pm_card_visa");
      const before = await scene.linkTo("update_payment_method", customer);
      expect(await revokeLinks(scene.database.pool, { account: "main", customerId: customer })).toBe(1);
      expect((await get(before)).statusCode).toBe(410);
      expect((await post(before)).statusCode).toBe(410);
      expect((await get(`${before}/done`)).statusCode).toBe(410);
      expect((await get(await scene.linkTo("update_payment_method", customer))).statusCode).toBe(200);
    });

    it("are those of a customer who was deleted, as we know or as Stripe knows", async () => {
      const { customer } = await scene.owing("pm_card_visa", "insufficient_funds");
      const url = await scene.linkTo("try_again", customer);
      await scene.stripe.customers.del(customer);
      expect((await get(url)).statusCode).toBe(410);
      await scene.database.pool.query("update stripe_objects set deleted = true where id = $1", [customer]);
      expect((await get(await scene.linkTo("update_payment_method", customer))).statusCode).toBe(410);
    });

    it("change nothing by being posted to", async () => {
      const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
      scene.bankSays(customer, "succeed");
      await post(await scene.linkTo("try_again", customer, -1), { invoice, amount: "4900" });
      expect((await scene.stripe.invoices.retrieve(invoice)).status).toBe("open");
    });
  });

  describe("keep to themselves", () => {
    it("with headers that forbid keeping, finding, framing, scripts and telling where one came from", async () => {
      const page = await get(await scene.linkTo("update_payment_method", await scene.customer("pm_card_visa")));
      expect(page.headers).toMatchObject({
        "cache-control": "no-store",
        "referrer-policy": "no-referrer",
        "x-robots-tag": "noindex, nofollow, noarchive",
        "x-content-type-options": "nosniff",
        "content-type": "text/html; charset=utf-8",
      });
      const rules = String(page.headers["content-security-policy"]);
      expect(rules).toContain("default-src 'none'");
      expect(rules).toContain("frame-ancestors 'none'");
      expect(rules).not.toContain("unsafe-inline");
      expect(Buffer.byteLength(page.body)).toBeLessThan(8_000);
      expect(page.body).not.toContain("<script");
    });

    it("and refuse what a page of another site asks for", async () => {
      const url = await scene.linkTo("update_payment_method", await scene.customer("pm_card_visa"));
      const type = { "content-type": "application/x-www-form-urlencoded" };
      const foreign: readonly Record<string, string>[] = [
        { "sec-fetch-site": "cross-site", origin: "null" },
        { "sec-fetch-site": "cross-site" },
        { origin: "https://elsewhere.example" },
      ];
      for (const headers of foreign) expect((await post(url, {}, { ...type, ...headers })).statusCode).toBe(403);
      const ours: readonly Record<string, string>[] = [
        { "sec-fetch-site": "same-origin", origin: "null" },
        { origin: "null" },
        {},
      ];
      for (const headers of ours) expect((await post(url, {}, { ...type, ...headers })).statusCode).toBe(303);
    });

    it("and leave no token in the log, whatever happens", async () => {
      const { customer, invoice } = await scene.owing("pm_card_visa", "insufficient_funds");
      const url = await scene.linkTo("try_again", customer);
      scene.sandbox.faults.add({ vendor: "stripe", kind: "status", status: 400, pathPattern: "/pay$", count: 1 });
      await post(url, { invoice, amount: "4900" });
      scene.sandbox.faults.add({
        vendor: "stripe",
        kind: "status",
        status: 401,
        pathPattern: "/v1/invoices",
        count: 1,
      });
      const page = await get(url);
      expect(page.statusCode).toBe(503);
      expect(page.body).toContain("That did not work just now");
      const logged = JSON.stringify(scene.logged());
      expect(logged).toContain("could not be shown");
      expect(logged).not.toContain(url.slice("/l/".length));
      expect(logged).not.toContain("/p/session/");
    });

    it("and are not asked endlessly however their address is spelt", async () => {
      const url = await scene.linkTo("update_payment_method", await scene.customer("pm_card_visa"));
      const spelt = (at: number): string =>
        `${url.slice(0, at)}%${url.charCodeAt(at).toString(16)}${url.slice(at + 1)}`;
      const answers: number[] = [];
      for (let at = 3; at < 36; at += 1) answers.push((await get(spelt(at))).statusCode);
      expect(answers.slice(0, 30)).toEqual(answers.slice(0, 30).map(() => 200));
      expect(answers.at(-1)).toBe(429);
    });

    it("and are not asked endlessly", async () => {
      const url = await scene.linkTo("update_payment_method", await scene.customer("pm_card_visa"));
      const statuses: number[] = [];
      for (let asked = 0; asked < 32; asked += 1) statuses.push((await get(url)).statusCode);
      expect(statuses.slice(0, 30).every((status) => status === 200)).toBe(true);
      const refused = await get(url);
      expect(refused.statusCode).toBe(429);
      expect(refused.body).toContain("One moment, please");
    });
  });
});
