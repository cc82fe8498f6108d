/** By whose clock a customer is spoken to. */
import { describe, expect, it } from "vitest";
import { timeZoneOf } from "./time-zone.ts";

describe("a customer's time zone", () => {
  it.each([
    ["what their metadata names", "America/Denver", "DE", "America/Denver"],
    ["their country's", null, "AT", "Europe/Vienna"],
    ["their country's, when all its zones have the same clock", null, "DE", "Europe/Berlin"],
    ["their country's, when nearly everybody lives in one", null, "ES", "Europe/Madrid"],
    ["their country's, in small letters", null, "fr", "Europe/Paris"],
    ["the document's, when their country has several", null, "US", "UTC"],
    ["the document's, when there is no such country", null, "XX", "UTC"],
    ["the document's, when no country is known", null, null, "UTC"],
    ["their country's, when there is no zone of that name", "Berlin", "IT", "Europe/Rome"],
  ])("is %s", (...[, timeZone, country, expected]) => {
    expect(timeZoneOf({ timeZone, country }, "UTC")).toBe(expected);
  });
});
