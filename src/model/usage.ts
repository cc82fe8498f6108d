/** Usage: how a limit is known, and what a reading means for it. */
/** ok: below the first threshold · high_risk: at or above it, or likely over the limit at the end · over: above the limit. */
export const usageStatuses = ["ok", "high_risk", "over"] as const;
export type UsageStatus = (typeof usageStatuses)[number];

/** Who states the limit of a meter. */
export type LimitSource = "mapping" | "product" | "tiers";

export type UsageLimit = {
  /** A decimal above 0. */
  readonly amount: string;
  readonly source: LimitSource;
};

/** Usage passed a threshold: upwards when it is reached or exceeded, downwards when it is below again. */
export type Crossing = {
  /** Percent of the limit. */
  readonly threshold: number;
  readonly direction: "rising" | "falling";
};

/** A crossing of a customer's meter in a period, as it is kept. */
export type KeptCrossing = Crossing & {
  readonly customerId: string;
  readonly meter: string;
  readonly periodStartS: number;
  readonly periodEndS: number;
  /** The instant of the reading that showed it. */
  readonly atS: number;
  /** Decimals. */
  readonly value: string;
  readonly limit: string | null;
};
