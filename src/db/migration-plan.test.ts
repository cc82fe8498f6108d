/** What is still to be applied, and what is refused. */
import { describe, expect, it } from "vitest";

import { planMigrations } from "./migration-plan.ts";
import type { Migration } from "./migration-plan.ts";

const file = (name: string, checksum = `sum of ${name}`): Migration => ({ name, checksum, text: "" });
const [first, second, third] = [file("0001_a.sql"), file("0002_b.sql"), file("0003_c.sql")];

describe("planMigrations", () => {
  it("applies everything to a new database, in order", () => {
    expect(planMigrations([first, second], [])).toEqual([first, second]);
  });

  it("applies only what is missing", () => {
    expect(planMigrations([first, second, third], [first])).toEqual([second, third]);
  });

  it("has nothing to do when all are applied", () => {
    expect(planMigrations([first, second], [second, first])).toEqual([]);
  });

  it("refuses a migration that was changed after it had been applied", () => {
    expect(() => planMigrations([file("0001_a.sql", "other")], [first])).toThrow(
      expect.objectContaining({ code: "MIGRATION_CHANGED" }),
    );
  });

  it("refuses a database that knows a later migration", () => {
    expect(() => planMigrations([first], [first, second])).toThrow(
      expect.objectContaining({ code: "DATABASE_TOO_NEW" }),
    );
  });

  it("refuses a new migration that sorts before an applied one", () => {
    expect(() => planMigrations([first, second, third], [first, third])).toThrow(
      expect.objectContaining({ code: "MIGRATION_OUT_OF_ORDER" }),
    );
  });
});
