/** A real Chromium on a page that is watched: what it complains about, and what an accessibility check finds. */
import axe from "axe-core";
import { chromium, type Browser, type Page } from "playwright-core";
import { z } from "zod";

const executablePath = process.env["DUNLIN_CHROMIUM"] ?? "/usr/bin/chromium";

/** Why there is no browser; the test runner has looked for one. */
export const noBrowser = process.env["DUNLIN_NO_CHROMIUM"];

/** A name of somebody else that leads to this machine, as a rebound or a public one would. */
export const foreignHost = "dunlin.example";

/** Starts the browser without anything that would talk to its maker. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      `--host-resolver-rules=MAP ${foreignHost} 127.0.0.1`,
    ],
  });
}

export type WatchedPage = {
  readonly page: Page;
  /** Errors on the console, exceptions, failed requests and breaches of the content security policy. */
  complaints(): Promise<readonly string[]>;
  /** What axe finds, one line per rule and place. */
  accessibilityProblems(): Promise<readonly string[]>;
};

export type PageOptions = { readonly colorScheme?: "light" | "dark"; readonly width?: number };

/** Opens an empty page in a fresh profile. */
export async function openPage(
  browser: Browser,
  { colorScheme = "light", width = 1280 }: PageOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    locale: "en-GB",
    reducedMotion: "reduce",
    colorScheme,
    viewport: { width, height: 900 },
  });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const heard: string[] = [];
  page.on("console", (message) => void (message.type() === "error" && heard.push(`console: ${message.text()}`)));
  page.on("pageerror", (error) => heard.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) => heard.push(`request: ${request.url()} ${request.failure()?.errorText ?? ""}`));
  await page.addInitScript({ content: watchPolicy });
  return {
    page,
    complaints: async () => [...heard, ...lines.parse(await page.evaluate("window.policyBreaches"))],
    accessibilityProblems: async () => {
      await page.evaluate(axe.source);
      return lines.parse(await page.evaluate(runAxe));
    },
  };
}

const lines = z.array(z.string());

const watchPolicy = `
  window.policyBreaches = [];
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) => {
    window.policyBreaches.push("policy: " + violatedDirective + " " + blockedURI + " " + sourceFile);
  });`;

const runAxe = `
  axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) => nodes.map(({ target }) => id + " (" + help + ") at " + target.join(" "))),
  )`;
