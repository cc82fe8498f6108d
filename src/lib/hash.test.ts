/** Fingerprints that are stored and compared. */
import { describe, expect, it } from "vitest";
import { fingerprint, hashToken } from "./hash.ts";

describe("fingerprints", () => {
  it("are the known ones of SHA-256, so that stored ones stay valid", () => {
    expect(hashToken("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect(fingerprint("abc")).toBe("ba7816bf8f01cfea414140de5dae2223");
  });
});
