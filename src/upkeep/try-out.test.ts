/** Commands find a try-out that runs, and none that has ended or died. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endTryOut, findTryOut, tellTryOut, type TryOut } from "./try-out.ts";

describe("a try-out", () => {
  let dataDir: string;
  const running: TryOut = {
    pid: process.pid,
    url: "http://127.0.0.1:4243",
    stripeApiKey: "sk_test_sandbox",
    intercomAccessToken: "token",
    intercomClientSecret: "secret",
  };

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "dunlin-"));
  });
  afterEach(() => rm(dataDir, { recursive: true }));

  it("is found while it runs, and readable for nobody else", async () => {
    expect(findTryOut(dataDir)).toBeUndefined();
    await tellTryOut(dataDir, running);
    expect(findTryOut(dataDir)).toEqual(running);
    expect((await stat(join(dataDir, "try-out.json"))).mode & 0o777).toBe(0o600);
  });

  it("is not found once it has ended", async () => {
    await tellTryOut(dataDir, running);
    await endTryOut(dataDir);
    expect(findTryOut(dataDir)).toBeUndefined();
  });

  it("is not found when it has died", async () => {
    await tellTryOut(dataDir, { ...running, pid: 2 ** 22 + 1 });
    expect(findTryOut(dataDir)).toBeUndefined();
  });

  it("is not found in a file that says something else", async () => {
    await writeFile(join(dataDir, "try-out.json"), "{");
    expect(findTryOut(dataDir)).toBeUndefined();
  });
});
