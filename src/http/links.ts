/**
 * The pages behind links in messages, for customers: public, without script, told to nobody.
 *
 * Reading a page never changes anything, since mail scanners open links before people do; what changes something is asked
 * for by the button on it. Whoever has the link is taken for the customer, so its token appears in no log, no referrer and
 * no cache.
 */
import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { linkFolder } from "../lib/link-token.ts";
import { languageOf, type LinkLanguage } from "../links/language.ts";
import type { CustomerLink } from "../links/link.ts";
import { textsIn } from "../links/texts.ts";
import { codeOf, httpStatusOf, kindOf, messageOf } from "../model/error.ts";
import { readPayable, tryAgain } from "../pipeline/customer-actions.ts";
import {
  goToPaymentMethod,
  goToSwitch,
  openLink,
  readSaving,
  siblingUrl,
  type LinksSource,
} from "../pipeline/links.ts";
import { isSameOrigin, ForeignOrigin } from "./access.ts";
import { toFailure, TooManyAttempts } from "./failure.ts";
import { framed, plainPage, type Page } from "./link-pages/frame.ts";
import { payPage } from "./link-pages/pay-page.ts";
import { savingPage, switchDonePage, switchNowherePage, switchPage } from "./link-pages/saving-page.ts";
import { styleHash } from "./link-pages/style.ts";
import { updateDonePage, updateNowherePage, updatePage } from "./link-pages/update-page.ts";

export type LinksDoor = LinksSource & {
  /** Customers reach the pages over https. */
  readonly secure: boolean;
};

type Params = { Params: { token: string } };

/** The same link has the same token, however its address is spelt. */
const tokenShape = z.object({ token: z.string() });

/** What a browser sends with a button; more is refused. */
const bodyBytesMax = 4_096;

/** Adds `GET` and `POST /l/{token}` and `GET /l/{token}/done`, in a scope of their own. */
export async function registerLinks(server: FastifyInstance, door: LinksDoor): Promise<void> {
  await server.register(async (pages) => {
    await protect(pages, door);
    const takeTurn = pages.createRateLimit({
      max: 30,
      timeWindow: "1 minute",
      keyGenerator: ({ params }) => tokenShape.parse(params).token,
    });
    const perLink = async (request: FastifyRequest): Promise<void> => {
      const turn = await takeTurn(request);
      if (!turn.isAllowed && turn.isExceeded) throw new TooManyAttempts();
    };
    const options = { preHandler: perLink, bodyLimit: bodyBytesMax };
    pages.get<Params>(`${linkFolder}:token`, options, async (request, reply) => {
      return answer(door, { request, reply }, (link, language) => show(door, link, language));
    });
    pages.get<Params>(`${linkFolder}:token/done`, options, async (request, reply) => {
      return answer(door, { request, reply }, (link, language) => showDone(door, link, language));
    });
    pages.post<Params>(`${linkFolder}:token`, options, async (request, reply) => {
      refuseForeign(request);
      return answer(door, { request, reply }, (link, language) => act(door, link, { language, form: request.body }));
    });
  });
}

async function protect(pages: FastifyInstance, door: LinksDoor): Promise<void> {
  // Behind a proxy everybody has its address, so that this one is wide; the other is each link's own.
  await pages.register(rateLimit, { max: 600, timeWindow: "1 minute" });
  await pages.register(helmet, {
    contentSecurityPolicy: { useDefaults: false, directives: contentRules(door.secure) },
    referrerPolicy: { policy: "no-referrer" },
    hsts: door.secure,
    crossOriginOpenerPolicy: door.secure,
    originAgentCluster: door.secure,
  });
  pages.addHook("onSend", async (_request, reply) => {
    void reply.header("cache-control", "no-store").header("x-robots-tag", "noindex, nofollow, noarchive");
  });
  pages.removeAllContentTypeParsers();
  pages.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  pages.setErrorHandler((raw, request, reply) => failed(raw, request, { reply, door }));
}

/**
 * The button's answer leads to Stripe's pages, which browsers count as the form's target; businesses have these under
 * addresses of their own too, so that no list of them can be given.
 */
function contentRules(secure: boolean): Record<string, string[]> {
  return {
    "default-src": ["'none'"],
    "style-src": [styleHash],
    "form-action": ["'self'", ...(secure ? ["https:"] : ["https:", "http:"])],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
  };
}

type Exchange = { readonly request: FastifyRequest<Params>; readonly reply: FastifyReply };
type Answer = { readonly page: Page; readonly status?: number } | { readonly url: string };

/** Judges the link first; every one that does not work has the same page. */
async function answer(
  door: LinksDoor,
  { request, reply }: Exchange,
  work: (link: CustomerLink, language: LinkLanguage) => Promise<Answer>,
): Promise<FastifyReply> {
  const opened = await openLink(door, request.params.token);
  const language = languageOf(opened.kind === "open" ? opened.locale : null, request.headers["accept-language"]);
  const found =
    opened.kind === "open"
      ? await work(opened.link, language)
      : { ...closed(language), status: opened.kind === "forged" ? 404 : 410 };
  if ("url" in found) return reply.redirect(found.url, 303);
  const business = await door.businessName();
  return sendPage(reply.code(found.status ?? 200), framed(found.page, { language, business }), language);
}

function sendPage(reply: FastifyReply, text: string, language: LinkLanguage): FastifyReply {
  return reply.type("text/html; charset=utf-8").header("content-language", language).send(text);
}

function closed(language: LinkLanguage): { readonly page: Page; readonly status: number } {
  const { title, text } = textsIn(language).closed;
  return { page: plainPage(title, text), status: 410 };
}

async function show(door: LinksDoor, link: CustomerLink, language: LinkLanguage): Promise<Answer> {
  switch (link.purpose) {
    case "update_payment_method":
      return { page: updatePage(language) };
    case "try_again": {
      const payable = await readPayable(door, link);
      if (!payable) return closed(language);
      const updateUrl = siblingUrl(door, link, "update_payment_method");
      const ownUrl = siblingUrl(door, link, "try_again");
      return { page: payPage(payable, { language, nowMs: door.nowMs(), updateUrl, ownUrl }) };
    }
    case "show_saving": {
      const switchUrl = siblingUrl(door, link, "switch_plan");
      return { page: savingPage(await readSaving(door, link), language, switchUrl) };
    }
    case "switch_plan": {
      const savingUrl = siblingUrl(door, link, "show_saving");
      return { page: switchPage(await readSaving(door, link), language, savingUrl) };
    }
  }
}

async function showDone(door: LinksDoor, link: CustomerLink, language: LinkLanguage): Promise<Answer> {
  if (link.purpose === "switch_plan") return { page: switchDonePage(language) };
  if (link.purpose !== "update_payment_method") return { url: siblingUrl(door, link, link.purpose) };
  const payable = await readPayable(door, link);
  const canPay = payable?.verdict.kind === "allowed";
  return { page: updateDonePage(language, canPay ? siblingUrl(door, link, "try_again") : null) };
}

const payForm = z.object({ invoice: z.string().min(1).max(255), amount: z.coerce.number().int().positive() });

/** Does what the button says. */
async function act(
  door: LinksDoor,
  link: CustomerLink,
  { language, form }: { readonly language: LinkLanguage; readonly form: unknown },
): Promise<Answer> {
  switch (link.purpose) {
    case "update_payment_method": {
      const onward = await goToPaymentMethod(door, link, language);
      return onward.kind === "onward" ? { url: onward.url } : { page: updateNowherePage(language) };
    }
    case "try_again": {
      const parsed = payForm.safeParse(form);
      if (parsed.success)
        await tryAgain(door, link, { invoiceId: parsed.data.invoice, amountMinor: parsed.data.amount });
      // The page says how it stands now; reading it again pays nothing.
      return { url: siblingUrl(door, link, "try_again") };
    }
    case "switch_plan": {
      const onward = await goToSwitch(door, link, language);
      return onward.kind === "onward" ? { url: onward.url } : { page: switchNowherePage(language) };
    }
    case "show_saving":
      return { url: siblingUrl(door, link, "show_saving") };
  }
}

/** A page without referrers names its origin "null", also to itself; browsers since 2023 tell it in Sec-Fetch-Site. */
function refuseForeign(request: FastifyRequest): void {
  const { origin, "sec-fetch-site": site } = request.headers;
  const isOwn = site === undefined ? origin === "null" || isSameOrigin(request) : site === "same-origin";
  if (!isOwn) throw new ForeignOrigin();
}

/** A page for people; the log has the code, and never the address. */
async function failed(
  raw: unknown,
  request: FastifyRequest,
  { reply, door }: { readonly reply: FastifyReply; readonly door: LinksDoor },
): Promise<FastifyReply> {
  const error = toFailure(raw);
  const status = httpStatusOf(error);
  const language = languageOf(null, request.headers["accept-language"]);
  const { busy, broken } = textsIn(language);
  const { title, text } = error instanceof TooManyAttempts ? busy : broken;
  const facts = kindOf(error) === "bug" ? { err: error } : { code: codeOf(error) };
  if (status >= 500) door.log.warn(facts, `a page behind a link could not be shown: ${messageOf(error)}`);
  return sendPage(reply.code(status), framed(plainPage(title, text), { language, business: null }), language);
}
