/** No address inside of a network passes for one on the public internet, however it is spelled. */
import { describe, expect, it } from "vitest";
import { isPrivateHost, isPublicAddress } from "./private-host.ts";

const hostOf = (host: string): string => new URL(`https://${host}/`).hostname;

describe("a private host", () => {
  it.each([
    "localhost",
    "LOCALHOST.",
    "api.localhost",
    "intranet",
    "printer.local",
    "metadata.google.internal",
    "router.lan",
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "172.31.255.255",
    "192.168.0.1",
    "169.254.169.254",
    "100.64.0.1",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:8.8.8.8]",
    "[fe80::1]",
    "[fd00::1]",
    "[64:ff9b::a00:1]",
    "[2002:7f00:1::]",
    "[2001:db8::1]",
  ])("is %s", (host) => {
    expect(isPrivateHost(hostOf(host))).toBe(true);
  });

  it.each(["example.com", "api.shop.example", "8.8.8.8", "172.32.0.1", "[2606:4700::1111]", "localhost.example.com"])(
    "is not %s",
    (host) => {
      expect(isPrivateHost(hostOf(host))).toBe(false);
    },
  );

  it("is what is no address, where an address is asked for", () => {
    expect(["", "example.com", "1.2.3", "::1%eth0"].map(isPublicAddress)).toEqual([false, false, false, false]);
  });
});
