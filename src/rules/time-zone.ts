/** Station rules: by whose clock a customer is spoken to. */
import { getCountry, getTimezone } from "countries-and-timezones";
import { isTimeZone } from "../lib/zoned.ts";
import type { CustomerFacts } from "./run.ts";

/** Countries of several zones of which nearly everybody lives in one. */
const mainland: Readonly<Record<string, string>> = {
  CL: "America/Santiago",
  CN: "Asia/Shanghai",
  CY: "Asia/Nicosia",
  EC: "America/Guayaquil",
  ES: "Europe/Madrid",
  GL: "America/Nuuk",
  NZ: "Pacific/Auckland",
  PG: "Pacific/Port_Moresby",
  PT: "Europe/Lisbon",
  UA: "Europe/Kyiv",
};

/**
 * The customer's time zone: the one that their metadata names, else their country's when it has one, else the document's. A
 * name that the platform does not know is passed over.
 */
export function timeZoneOf(
  { timeZone, country }: Pick<CustomerFacts, "timeZone" | "country">,
  fallback: string,
): string {
  if (timeZone !== null && isTimeZone(timeZone)) return timeZone;
  return (country === null ? null : zoneOfCountry(country)) ?? fallback;
}

const ofCountries = new Map<string, string | null>();

function zoneOfCountry(country: string): string | null {
  const code = country.toUpperCase();
  const known = ofCountries.get(code);
  if (known !== undefined) return known;
  const zone = findZone(code);
  // Only codes that there are, so that what customers write cannot fill the memory.
  if (/^[A-Z]{2}$/.test(code)) ofCountries.set(code, zone);
  return zone;
}

/** Zones with the same clock the whole year are one: Germany's are Berlin and Zurich. */
function findZone(code: string): string | null {
  const zones = getCountry(code)?.timezones ?? [];
  const clocks = new Set(zones.map((name) => clockOf(name)));
  const zone = mainland[code] ?? (clocks.size === 1 ? zones[0] : undefined);
  return zone !== undefined && isTimeZone(zone) ? zone : null;
}

function clockOf(name: string): string {
  const zone = getTimezone(name);
  return `${zone?.utcOffset} ${zone?.dstOffset}`;
}
