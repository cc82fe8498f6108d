/** What may be called an event. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anEvent, bodyOf } from "../../test/support/builders.ts";
import { EventInvalid, parseEvent, readEvent } from "./parse.ts";

const event = anEvent({ object: { id: "cus_1", object: "customer" }, previous: { name: "Jane" } });
const text = bodyOf(event).toString("utf8");
const envelope: Record<string, unknown> = { ...JSON.parse(text) };

describe("parseEvent", () => {
  it("reads what Stripe delivers", () => {
    expect(parseEvent(text)).toEqual(event);
  });

  it("takes what is not said for none", () => {
    const { api_version: _, ...rest } = envelope;

    expect(readEvent(rest)).toMatchObject({ apiVersion: null });
    expect(readEvent({ ...rest, api_version: null, data: { object: {}, previous_attributes: null } })).toMatchObject({
      apiVersion: null,
      previous: null,
    });
  });

  it.each<[string, Record<string, unknown>]>([
    ["no id", { id: undefined }],
    ["an empty id", { id: "" }],
    ["an id without end", { id: "e".repeat(256) }],
    ["an id that is a number", { id: 5 }],
    ["no type", { type: undefined }],
    ["another object", { object: "customer" }],
    ["a thin event", { object: "v2.core.event" }],
    ["a time with a fraction", { created: 1.5 }],
    ["a time before all time", { created: -1 }],
    ["a time in words", { created: "2026-11-21T00:00:00Z" }],
    ["no mode", { livemode: undefined }],
    ["a mode in words", { livemode: "true" }],
    ["no data", { data: undefined }],
    ["data without an object", { data: {} }],
    ["an object that is a list", { data: { object: [] } }],
    ["an object that is none", { data: { object: null } }],
    ["former values that are a list", { data: { object: {}, previous_attributes: [] } }],
  ])("refuses %s", (_what, parts) => {
    expect(() => readEvent({ ...envelope, ...parts })).toThrow(EventInvalid);
  });

  it("says where it is wrong, and nothing of what it read", () => {
    expect(() => readEvent({ ...envelope, created: "jane@example.com" })).toThrow(/at "created"/);
    expect(() => readEvent({ ...envelope, created: "jane@example.com" })).not.toThrow(/jane/);
  });

  it("throws nothing but its own error", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json()), (body) => {
        try {
          parseEvent(body);
        } catch (error) {
          expect(error).toBeInstanceOf(EventInvalid);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
