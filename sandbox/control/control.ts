/** The control page of the sandbox and the JSON API behind it. */
import type { SandboxRequest, SandboxResponse } from "../kernel/types.ts";
import { read, runAction } from "./actions.ts";
import { createAssets } from "./assets.ts";
import { contactStory, findContacts } from "./contacts.ts";
import { findCustomer, findCustomers } from "./customers.ts";
import { checkCaller, ControlError, json, readJson, refused } from "./door.ts";
import { moveClock, plantFault, readClock, removeFault, setDeliveries, setIntercom } from "./knobs.ts";
import type { ControlParts } from "./parts.ts";
import { requestsSince, stateView } from "./state.ts";
import { z } from "zod";

export type Control = { handle(request: SandboxRequest): Promise<SandboxResponse> };

type Call = {
  readonly parts: ControlParts;
  readonly query: URLSearchParams;
  /** What follows the named path: "/control/contacts/<id>". */
  readonly id: string | undefined;
  readonly body: unknown;
};

type Handler = (call: Call) => unknown;

/** Answers `/`, `/assets/*` and `/control/*`. */
export function createControl(parts: ControlParts): Control {
  const asset = createAssets();
  return {
    async handle(request) {
      try {
        checkCaller(request);
        const file = request.method === "GET" ? asset(request.path) : undefined;
        return file ?? json(await answer(parts, request));
      } catch (error) {
        if (error instanceof ControlError) return refused(error);
        throw error;
      }
    },
  };
}

const handlers: Readonly<Record<string, Handler>> = {
  "GET state": ({ parts }) => stateView(parts),
  "GET customers": ({ parts, query }) => findCustomers(parts, query.get("q") ?? ""),
  "GET customers/": ({ parts, id }) => found(findCustomer(parts, id ?? ""), "customer"),
  "GET contacts": ({ parts, query }) => findContacts(parts, query.get("q") ?? ""),
  "GET contacts/": ({ parts, id }) => found(contactStory(parts, id ?? ""), "contact"),
  "GET requests": ({ parts, query }) => requestsSince(parts, read(sinceShape, query.get("since") ?? "0")),
  "POST actions": async ({ parts, body }) => ({ done: await runAction(parts, body) }),
  "GET clock": ({ parts }) => readClock(parts),
  "POST clock": ({ parts, body }) => moveClock(parts, body),
  "POST faults": ({ parts, body }) => plantFault(parts, body),
  "DELETE faults": ({ parts }) => removeFault(parts, undefined),
  "DELETE faults/": ({ parts, id }) => removeFault(parts, id),
  "POST deliveries": ({ parts, body }) => setDeliveries(parts, body),
  "POST intercom": ({ parts, body }) => setIntercom(parts, body),
};

const sinceShape = z.coerce.number("since must be a number").int().min(0);

async function answer(parts: ControlParts, request: SandboxRequest): Promise<unknown> {
  const [, , name = "", id] = request.path.split("/");
  const key = `${request.method} ${name}${id === undefined ? "" : "/"}`;
  const handler = request.path.startsWith("/control/") && Object.hasOwn(handlers, key) ? handlers[key] : undefined;
  if (handler === undefined) throw new ControlError(404, `Nothing answers ${request.method} ${request.path}.`);
  const body = request.method === "GET" ? undefined : readJson(request);
  return await handler({ parts, query: request.query, id: id === undefined ? undefined : decoded(id), body });
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new ControlError(400, "The path is not properly encoded.");
  }
}

function found<T>(thing: T | undefined, name: string): T {
  if (thing === undefined) throw new ControlError(404, `There is no such ${name}.`);
  return thing;
}
