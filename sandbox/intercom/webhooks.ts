/** Notifications to the subscriber: Intercom's envelope, signed with the app's client secret. */
import { createHmac } from "node:crypto";
import type { Kernel } from "../kernel/types.ts";

/** One retry after a minute, then the notification is dropped. */
const retryDelaysMs = [60_000];

export type Subscription = {
  readonly url: string | null;
  /** `null` means every topic, as if all boxes were ticked. */
  readonly topics: ReadonlySet<string> | null;
};

export type Sender = {
  readonly kernel: Kernel;
  readonly appId: string;
  readonly clientSecret: string;
  subscription(): Subscription;
};

/** Sends one notification; `item` is made only when somebody listens. */
export function notify(sender: Sender, topic: string, item: () => unknown): void {
  const { url, topics } = sender.subscription();
  if (url === null || (topics !== null && !topics.has(topic))) return;
  const { kernel } = sender;
  const id = `notif_${kernel.random.hex(24)}`;
  const now = kernel.clock.nowS();
  const body = JSON.stringify({
    type: "notification_event",
    id,
    topic,
    app_id: sender.appId,
    created_at: now,
    delivery_status: "pending",
    delivery_attempts: 1,
    delivered_at: 0,
    first_sent_at: now,
    self: null,
    links: {},
    data: { type: "notification_event_data", item: item() },
  });
  const headers = signedHeaders(body, sender.clientSecret);
  kernel.deliver({ vendor: "intercom", url, body, sign: () => headers, retryDelaysMs, label: `${id} ${topic}` });
}

/** No time is signed, so every attempt carries the same signature. */
function signedHeaders(body: string, clientSecret: string): Readonly<Record<string, string>> {
  return {
    "content-type": "application/json",
    "user-agent": "intercom-parrot-service-client/1.0",
    "x-hub-signature": `sha1=${createHmac("sha1", clientSecret).update(body).digest("hex")}`,
  };
}
