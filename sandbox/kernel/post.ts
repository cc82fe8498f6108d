/** One HTTP POST over a kept-alive connection, as a vendor's webhook sender makes it. */
import http from "node:http";
import https from "node:https";

const TIMEOUT_MS = 10_000;
const agents = {
  http: new http.Agent({ keepAlive: true, maxSockets: 64 }),
  https: new https.Agent({ keepAlive: true, maxSockets: 64 }),
};

/** Sends the body and resolves with the status once the whole answer was read; 0 when there was no answer. */
export function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<number> {
  return new Promise((resolve) => {
    const bytes = Buffer.from(body);
    const secure = url.startsWith("https:");
    const options = {
      method: "POST",
      agent: secure ? agents.https : agents.http,
      headers: { ...headers, "content-length": bytes.length },
      timeout: TIMEOUT_MS,
    };
    const request = (secure ? https : http).request(url, options, (response) => {
      response.resume();
      response.once("end", () => resolve(response.statusCode ?? 0));
      response.once("error", () => resolve(0));
      response.once("close", () => resolve(0));
    });
    request.once("timeout", () => request.destroy(new Error("The subscriber took too long.")));
    request.once("error", () => resolve(0));
    request.end(bytes);
  });
}
