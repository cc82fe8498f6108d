/** A Stripe that answers at once: an account without history, and objects that it was told about. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { pageOfCrowd, type Crowd } from "./crowd.ts";

export type StripeStub = {
  readonly handle: (request: IncomingMessage, response: ServerResponse) => void;
  /** From now on these objects are there, by id. */
  know(objects: readonly Readonly<Record<string, unknown>>[]): void;
  /** From now on the lists hold this crowd. */
  gather(crowd: Crowd): void;
  readonly calls: Map<string, number>;
};

const account = { id: "acct_bench", object: "account", settings: { dashboard: { display_name: "Bench" } } };
const product = { id: "prod_bench", object: "product", active: true, name: "Bench Pro", livemode: false, metadata: {} };

/** Makes one. It keeps what it was told and counts what it was asked. */
export function createStripeStub(): StripeStub {
  const objects = new Map<string, object>([[product.id, product]]);
  const calls = new Map<string, number>();
  let crowd: Crowd | null = null;
  return {
    calls,
    gather: (given) => (crowd = given),
    know: (told) => told.forEach((object) => objects.set(String(object["id"]), object)),
    handle: (request, response) => {
      request.resume();
      const [, , resource = "", id] = (request.url ?? "").split("?")[0]?.split("/") ?? [];
      const name = `${request.method} /v1/${resource}${id === undefined ? "" : "/{id}"}`;
      calls.set(name, (calls.get(name) ?? 0) + 1);
      if (resource === "account") return answer(response, 200, account);
      const query = new URLSearchParams((request.url ?? "").split("?")[1]);
      const page = crowd && id === undefined ? pageOfCrowd(crowd, resource, query) : null;
      if (page !== null) return write(response, 200, page);
      if (id === undefined)
        return answer(response, 200, { object: "list", data: [], has_more: false, url: `/v1/${resource}` });
      const found = objects.get(decodeURIComponent(id));
      if (found !== undefined) return answer(response, 200, found);
      const error = { type: "invalid_request_error", code: "resource_missing", message: `No such object: '${id}'` };
      return answer(response, 404, { error });
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  write(response, status, JSON.stringify(body));
}

function write(response: ServerResponse, status: number, text: string): void {
  const bytes = Buffer.from(text);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": bytes.length,
    "request-id": "req_bench",
    "stripe-version": "2026-10-28.endive",
  });
  response.end(bytes);
}
