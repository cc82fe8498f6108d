/** Who may see pages and admin API: anybody on this machine, elsewhere who has the admin token. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import { hashToken } from "../lib/hash.ts";
import { AppError } from "../model/error.ts";

/** The admin token is missing or wrong. */
export class AdminTokenRequired extends AppError {
  readonly code = "ADMIN_TOKEN_REQUIRED";
  readonly kind = "invalid";
  override readonly httpStatus = 401;
  constructor() {
    super(
      "Sign in with the admin token that Dunlin printed at its first start, or call from the machine that it runs on.",
    );
  }
}

/** A page of another site tried to act in the name of somebody who is signed in. */
export class ForeignOrigin extends AppError {
  readonly code = "FOREIGN_ORIGIN";
  readonly kind = "invalid";
  override readonly httpStatus = 403;
  constructor() {
    super("The request comes from a page of another site and is refused.");
  }
}

export const sessionCookie = "dunlin_session";

/** Decides access. The session is a proof of the token, worthless once the token changes. */
export class Access {
  readonly #tokenHash: string;
  readonly #session: string;

  readonly #trustLocal: boolean;

  /** `trustLocal`: who calls from this machine needs no token. */
  constructor(tokenHash: string, { trustLocal }: { readonly trustLocal: boolean }) {
    this.#trustLocal = trustLocal;
    this.#tokenHash = tokenHash;
    this.#session = createHmac("sha256", tokenHash).update("dunlin session").digest("hex");
  }

  /** The cookie's value for somebody who knows the token; undefined for a wrong one. */
  openSession(token: string): string | undefined {
    return isEqual(hashToken(token), this.#tokenHash) ? this.#session : undefined;
  }

  isAllowed(request: FastifyRequest): boolean {
    if (this.#trustLocal && isLocal(request)) return true;
    const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (bearer !== undefined && isEqual(hashToken(bearer), this.#tokenHash)) return true;
    const cookie = request.cookies[sessionCookie];
    return cookie !== undefined && isEqual(cookie, this.#session);
  }

  /** Throws AdminTokenRequired, or ForeignOrigin for a change that another site's page asked for. */
  guard = async (request: FastifyRequest, _reply: FastifyReply): Promise<void> => {
    if (!this.isAllowed(request)) throw new AdminTokenRequired();
    const isRead = request.method === "GET" || request.method === "HEAD";
    if (!isRead) this.refuseForeign(request);
  };

  /** Throws ForeignOrigin when another site's page asks for a change. */
  refuseForeign(request: FastifyRequest): void {
    if (!isSameOrigin(request)) throw new ForeignOrigin();
  }
}

const localHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/;
const localAddress = /^(127\.|::1$|::ffff:127\.)/;
const forwardingHeaders = ["forwarded", "x-forwarded-for", "x-real-ip", "via", "cf-connecting-ip"];

/**
 * True for a browser or program on this machine. The Host header must be local too (else a hostile name could be
 * pointed at 127.0.0.1), and nothing may have been forwarded (else everybody behind a local proxy were local).
 */
export function isLocal(request: FastifyRequest): boolean {
  return (
    localAddress.test(request.socket.remoteAddress ?? "") &&
    localHost.test(request.headers.host ?? "") &&
    forwardingHeaders.every((name) => request.headers[name] === undefined)
  );
}

/** True unless a page of another site asks, as far as the browser says. */
export function isSameOrigin(request: FastifyRequest): boolean {
  const { origin, host } = request.headers;
  if (origin === undefined)
    return request.headers["sec-fetch-site"] === undefined || request.headers["sec-fetch-site"] === "same-origin";
  return URL.canParse(origin) && new URL(origin).host === host;
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
