/** What PostgreSQL says about itself in postmaster.pid. */
import { describe, expect, it } from "vitest";

import { parsePostmasterFile } from "./postmaster-file.ts";

const ready = ["4711", "/data/cluster", "1763760000", "5432", "/data/run", "", "  5432001     65536", "ready   ", ""];

describe("parsePostmasterFile", () => {
  it("reads process, socket folder and state of a server that is ready", () => {
    expect(parsePostmasterFile(ready.join("\n"))).toEqual({ pid: 4711, socketFolder: "/data/run", status: "ready" });
  });

  it("reads what is there while a server starts", () => {
    expect(parsePostmasterFile(ready.slice(0, 3).join("\n"))).toEqual({ pid: 4711 });
  });

  it("finds nothing in an empty file", () => {
    expect(parsePostmasterFile("")).toEqual({});
  });
});
