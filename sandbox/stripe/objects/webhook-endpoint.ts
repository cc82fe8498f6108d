/** A subscriber to events. */
import type { Metadata } from "./shared.ts";

export type WebhookEndpoint = {
  readonly id: string;
  readonly object: "webhook_endpoint";
  readonly api_version: string | null;
  readonly application: null;
  readonly created: number;
  readonly description: string | null;
  readonly enabled_events: readonly string[];
  readonly livemode: false;
  readonly metadata: Metadata;
  /** Kept for signing; the API shows it only in the answer to the creation. */
  readonly secret: string;
  readonly status: "enabled" | "disabled";
  readonly url: string;
};
