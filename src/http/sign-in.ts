/** Signing in with the admin token, for browsers that are not on this machine. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { type Access, AdminTokenRequired, sessionCookie } from "./access.ts";
import { RequestInvalid } from "./failure.ts";
import { signInPage } from "./sign-in-page.ts";

const input = z.object({ token: z.string().min(1).max(500) });

/** Adds `POST /api/session` for programs and `/api/session/form` for the sign-in page; few attempts a minute, so that nobody tries tokens. */
export function addSignIn(server: FastifyInstance, access: Access, { secure }: { readonly secure: boolean }): void {
  const config = { rateLimit: { max: 10, timeWindow: "1 minute" } };
  server.post("/api/session", { config }, async (request, reply) => {
    const parsed = input.safeParse(request.body);
    if (!parsed.success) throw new RequestInvalid('Send the admin token as {"token": "…"}.');
    const session = access.openSession(parsed.data.token.trim());
    if (session === undefined) throw new AdminTokenRequired();
    void reply.setCookie(sessionCookie, session, { ...cookieRules, secure });
    return { signedIn: true };
  });
  server.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, body, done) => {
    done(null, Object.fromEntries(new URLSearchParams(String(body))));
  });
  server.post("/api/session/form", { config }, async (request, reply) => {
    const parsed = input.safeParse(request.body);
    const session = parsed.success ? access.openSession(parsed.data.token.trim()) : undefined;
    if (session === undefined)
      return reply.code(401).type("text/html").send(signInPage("That is not the admin token."));
    return reply.setCookie(sessionCookie, session, { ...cookieRules, secure }).redirect("/", 303);
  });
}

const cookieRules = { httpOnly: true, sameSite: "strict", path: "/", maxAge: 30 * 86_400 } as const;
