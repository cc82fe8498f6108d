/** The state of the whole sandbox in one answer, small enough to be asked for every second. */
import type { LoggedRequest } from "../kernel/request-log.ts";
import { actionNames } from "./actions.ts";
import type { ControlParts } from "./parts.ts";

const requestsShown = 50;

/** Clock, counts, knobs, faults and the last requests to either vendor. */
export function stateView(parts: ControlParts) {
  const { kernel, intercom, deliveries, faults, requests } = parts;
  return {
    now: kernel.clock.nowS(),
    aheadSeconds: Math.max(0, Math.round((kernel.clock.nowMs() - Date.now()) / 1000)),
    counts: {
      customers: kernel.store.collection("stripe.customers").size,
      subscriptions: kernel.store.collection("stripe.subscriptions").size,
      contacts: kernel.store.collection("intercom_contacts").size,
      conversations: intercom.conversationCount(),
    },
    deliveries: { ...deliveries.options, ...deliveries.counters, pending: deliveries.pending },
    faults: faults.list(),
    intercom: intercom.settings(),
    actions: actionNames,
    requests: requests
      .since(requests.lastSeq - requestsShown)
      .map(requestLine)
      .reverse(),
  };
}

/** Requests after a number, for tests and for watching. */
export function requestsSince({ requests }: ControlParts, since: number) {
  return { last: requests.lastSeq, requests: requests.since(since) };
}

function requestLine({ seq, at, vendor, method, path, status }: LoggedRequest) {
  return { seq, at, vendor, method, path, status };
}
