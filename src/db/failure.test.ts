/** Which errors mean that the database is away, and which are ours. */
import { describe, expect, it } from "vitest";

import { kindOf } from "../model/error.ts";
import { DatabaseUnavailable, isSerializationFailure, toDatabaseError } from "./failure.ts";

describe("toDatabaseError", () => {
  it.each([
    ["an administrator's shutdown", { code: "57P01" }],
    ["a server that is starting", { code: "57P03" }],
    ["too many connections", { code: "53300" }],
    ["a full disk", { code: "53100" }],
    ["a lost connection", { code: "08006" }],
    ["a statement that ran too long", { code: "57014" }],
    ["a standby in a fail-over", { code: "25006" }],
    ["a refused connection", { code: "ECONNREFUSED", syscall: "connect" }],
    ["a socket that is not there", { code: "ENOENT", syscall: "connect" }],
  ])("takes %s for a database that is away", (_name, details) => {
    const cause = Object.assign(new Error("refused"), details);

    const seen = toDatabaseError(cause);

    expect(seen).toBeInstanceOf(DatabaseUnavailable);
    expect(kindOf(seen)).toBe("transient");
    expect(seen).toHaveProperty("cause", cause);
  });

  it.each([
    "Connection terminated unexpectedly",
    "timeout exceeded when trying to connect",
    "Query read timeout",
    "Client has encountered a connection error and is not queryable",
  ])("knows the driver's words: %s", (message) => {
    expect(toDatabaseError(new Error(message))).toBeInstanceOf(DatabaseUnavailable);
  });

  it.each([
    ["a broken constraint", { code: "23505" }],
    ["a wrong statement", { code: "42601" }],
    ["a missing file", { code: "ENOENT", syscall: "open" }],
    ["any other error", {}],
  ])("leaves %s as it is", (_name, details) => {
    const error = Object.assign(new Error("wrong"), details);

    expect(toDatabaseError(error)).toBe(error);
  });
});

describe("isSerializationFailure", () => {
  it("is true for deadlocks and serialization failures only", () => {
    const codes = ["40P01", "40001", "23505", undefined];

    expect(codes.map((code) => isSerializationFailure({ code }))).toEqual([true, true, false, false]);
  });
});
