/** Whether an address leads to the public internet, as far as its text tells; names are resolved, and looked at again, by who calls. */
import { BlockList, isIP } from "node:net";

/** IANA's registries of special-purpose addresses: what is not globally reachable. */
const reserved = new BlockList();
for (const [net, bits] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 3],
] as const) {
  reserved.addSubnet(net, bits, "ipv4");
}

/** Of IPv6 only 2000::/3 is given out; in it, documentation and the tunnels that carry IPv4 addresses. */
const given = new BlockList();
given.addSubnet("2000::", 3, "ipv6");
const tunnels = new BlockList();
for (const [net, bits] of [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
] as const) {
  tunnels.addSubnet(net, bits, "ipv6");
}

const privateSuffixes = [".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intranet", ".corp", ".home"];

/** Whether a host, as `URL.hostname` has it, is private: an address that is not public, or a name that only a local network has. */
export function isPrivateHost(hostname: string): boolean {
  const host = hostname
    .toLowerCase()
    .replace(/\.$/, "")
    .replace(/^\[(.*)\]$/, "$1");
  if (isIP(host) !== 0) return !isPublicAddress(host);
  return !host.includes(".") || privateSuffixes.some((suffix) => host.endsWith(suffix));
}

/** Whether an address of IPv4 or IPv6 can be reached over the public internet. False for what is no address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !reserved.check(address, "ipv4");
    case 6:
      return given.check(address, "ipv6") && !tunnels.check(address, "ipv6");
    default:
      return false;
  }
}
