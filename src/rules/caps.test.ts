/** How often one person may be written to. */
import { describe, expect, it } from "vitest";
import { addWorkingDays, at, lasting } from "../../test/support/rules.ts";
import { cappedUntil } from "./caps.ts";

const cap = { messages: 2, per: lasting(3, "day") };
const sentAt = (...instants: string[]) =>
  instants.map((instant) => ({ channel: "email" as const, atS: at(instant), rule: "any" }));

function until(now: string, sent: ReturnType<typeof sentAt>, channel: "chat" | "email" = "email"): string | null {
  const view = { nowS: at(now), channel, sent, timeZone: "UTC", addBusinessDays: addWorkingDays };
  const endS = cappedUntil(cap, view);
  return endS === null ? null : new Date(endS * 1000).toISOString().slice(0, 16);
}

describe("a cap", () => {
  it("lets messages pass up to its number", () => {
    expect(until("2026-11-02T10:00:00Z", [])).toBeNull();
    expect(until("2026-11-02T10:00:00Z", sentAt("2026-11-02T09:00:00Z"))).toBeNull();
  });

  it("holds the next one until the oldest that counts is over", () => {
    const sent = sentAt("2026-11-02T09:00:00Z", "2026-11-01T12:00:00Z");

    expect(until("2026-11-02T10:00:00Z", sent)).toBe("2026-11-04T12:00");
    expect(until("2026-11-04T11:59:59Z", sent)).toBe("2026-11-04T12:00");
    expect(until("2026-11-04T12:00:00Z", sent)).toBeNull();
  });

  it("waits for as many to be over as are too many", () => {
    const sent = sentAt("2026-11-01T12:00:00Z", "2026-11-01T15:00:00Z", "2026-11-02T09:00:00Z");

    expect(until("2026-11-02T10:00:00Z", sent)).toBe("2026-11-04T15:00");
  });

  it("counts its own channel only", () => {
    expect(until("2026-11-02T10:00:00Z", sentAt("2026-11-02T09:00:00Z", "2026-11-02T09:30:00Z"), "chat")).toBeNull();
  });
});
