/** Answers the API with a make-believe company while the web UI is developed; never part of a build. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import type { Connect, Plugin } from "vite";
import { MakeBelieveCompany } from "./make-believe-company.ts";
import { scenarioOf, stage } from "./scenarios.ts";

/**
 * A vite plugin for `vite web` and `vite preview web`. The page's own address chooses what it sees, e.g.
 * `/?scenario=paused`: the browser sends it along as the referrer.
 */
export function makeBelieveApi(): Plugin {
  const company = new MakeBelieveCompany(Date.now());
  const answer: Connect.NextHandleFunction = (request, response, next) => {
    if (!request.url?.startsWith("/api/")) {
      response.setHeader("content-security-policy", "default-src 'self'; style-src 'self' 'unsafe-inline'");
      next();
      return;
    }
    answerApi(company, request, response);
  };
  return {
    name: "make-believe-api",
    configurePreviewServer: (server) => void server.middlewares.use(answer),
    configureServer: (server) => {
      server.middlewares.use((request, response, next) => {
        if (request.url?.startsWith("/api/")) answerApi(company, request, response);
        else next();
      });
    },
  };
}

/** The token that the make-believe sign-in page accepts. */
const token = "make-believe";

function answerApi(company: MakeBelieveCompany, request: IncomingMessage, response: ServerResponse): void {
  const scenario = scenarioOf(request.headers.referer);
  const json = (status: number, body: unknown): void => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  if (!["/api/pulse", "/api/session"].includes(request.url ?? "")) {
    json(404, { error: { code: "NOT_MAKE_BELIEVE", message: "Only the Pulse page is make-believe: set DUNLIN_URL." } });
  } else if (request.method === "POST") {
    void text(request).then((body) => {
      if (!body.includes(JSON.stringify(token))) {
        json(401, { error: { code: "TOKEN_WRONG", message: "This token is not the right one." } });
        return;
      }
      response.setHeader("set-cookie", "make-believe=1; HttpOnly; SameSite=Strict; Path=/");
      json(200, {});
    });
  } else if (scenario === "signed-out" && !request.headers.cookie?.includes("make-believe=1")) {
    json(401, { error: { code: "SESSION_MISSING", message: "Sign in first." } });
  } else if (scenario === "failing") {
    json(503, { error: { code: "DATABASE_UNAVAILABLE", message: "The database does not answer; it is tried again." } });
  } else if (scenario !== "loading") {
    json(200, stage(scenario, company.pulseAt(Date.now())));
  }
}
