/** First names: the right one, or none. */
import { expect, it } from "vitest";
import { firstNameOf, isFamilyFirst, looksLikeAddress } from "./first-name.ts";

it.each([
  ["Dr. Anna-Lena Müller", "Anna-Lena"],
  ["Prof. Dr. med. Eva Ernst", "Eva"],
  ["Müller, Anna", "Anna"],
  ["Jean-Luc van den Berg", "Jean-Luc"],
  ["José María O'Neil", "José"],
  ["Sean O’Connor", "Sean"],
  ["Frau Petra Klein", "Petra"],
  ["  Øystein   Åsen ", "Øystein"],
  ["Thea B. Ernst", "Thea"],
])("“%s” is called %s", (name, first) => {
  expect(firstNameOf(name)).toBe(first);
});

it.each([
  null,
  "",
  "Anna",
  "anna müller",
  "MAX MUSTER",
  "A. Smith",
  "ACME GmbH",
  "Müller & Söhne",
  "Team Rocket",
  "Praxis Dr. Weiß",
  "Deutsche Bahn",
  "Familie Schmidt",
  "Anna und Max Müller",
  "Herr Müller",
  "Müller, Anna, Berlin",
  "User 42",
  "https://evil.example Anna",
  "[x](http://evil) Y",
  "<script> Anna",
  "{{ customer }} X",
  "Van Halen",
  "One Two Three Four Five Six",
])("%j is not called by a first name", (name) => {
  expect(firstNameOf(name)).toBeNull();
});

it.each([
  ["Win at evil.com now", true],
  ["www.evil", true],
  ["https://x", true],
  ["a@b.example", true],
  ["Dr. Anna Müller", false],
  ["A.B. Smith", false],
  ["St. Pauli e.V.", false],
])("%j looks like an address: %s", (name, expected) => {
  expect(looksLikeAddress(name)).toBe(expected);
});

it.each([
  ["ja-JP", null, true],
  ["de", "HU", true],
  [null, "JP", true],
  ["de-DE", "DE", false],
  [null, null, false],
])("with locale %s and country %s the family's name may stand first: %s", (locale, country, isFirst) => {
  expect(isFamilyFirst({ locale, country })).toBe(isFirst);
});
