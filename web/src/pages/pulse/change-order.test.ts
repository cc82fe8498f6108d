import { describe, expect, it } from "vitest";
import { tellingFirst } from "./change-order.ts";

const changesOf = (...fields: readonly string[]) => fields.map((field) => ({ field, before: null, after: "x" }));

describe("tellingFirst", () => {
  it("puts amounts before what comes with every new object, and ids after both", () => {
    const changes = changesOf("createdS", "currency", "status", "amount", "paymentIntentId", "meterId");

    expect(tellingFirst(changes, (key) => key !== "meter_id").map(({ field }) => field)).toEqual([
      "status",
      "amount",
      "createdS",
      "currency",
      "paymentIntentId",
      "meterId",
    ]);
  });

  it("tells the plan and its price of an item before the ids of them", () => {
    const changes = changesOf("items[0].priceId", "items[0].nickname", "items[0].unitAmount", "items[0].quantity");

    expect(tellingFirst(changes, () => true).map(({ field }) => field)).toEqual([
      "items[0].nickname",
      "items[0].unitAmount",
      "items[0].quantity",
      "items[0].priceId",
    ]);
  });
});
