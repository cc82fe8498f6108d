/** Billing meters and what was reported to them. */

export type Meter = {
  readonly id: string;
  readonly object: "billing.meter";
  readonly created: number;
  readonly customer_mapping: { readonly event_payload_key: string; readonly type: "by_id" };
  readonly default_aggregation: { readonly formula: "sum" | "count" | "last" };
  readonly display_name: string;
  readonly event_name: string;
  readonly event_time_window: "day" | "hour" | null;
  readonly livemode: false;
  readonly status: "active" | "inactive";
  readonly status_transitions: { readonly deactivated_at: number | null };
  readonly updated: number;
  readonly value_settings: { readonly event_payload_key: string };
};

export type StoredMeterEvent = {
  /** The identifier, which makes a report count once. */
  readonly id: string;
  readonly created: number;
  readonly event_name: string;
  readonly payload: Readonly<Record<string, string>>;
  readonly timestamp: number;
  /** Meter's event name and customer, for look-ups. */
  readonly key: string;
  readonly value: number;
};
