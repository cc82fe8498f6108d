/** Station rules: the words that figures are made of, English and German. */

const monthNames: readonly (readonly string[])[] = [
  ["january", "jan", "januar", "jänner"],
  ["february", "feb", "februar"],
  ["march", "mar", "märz", "mrz"],
  ["april", "apr"],
  ["may", "mai"],
  ["june", "jun", "juni"],
  ["july", "jul", "juli"],
  ["august", "aug"],
  ["september", "sep", "sept"],
  ["october", "oct", "oktober", "okt"],
  ["november", "nov"],
  ["december", "dec", "dezember", "dez"],
];
/** Names of months, with their number. */
export const months = new Map(monthNames.flatMap((names, at) => names.map((name) => [name, at + 1] as const)));
export const monthPattern = alternatives(months.keys());

const weekdayNames = [
  "monday montag",
  "tuesday dienstag",
  "wednesday mittwoch",
  "thursday donnerstag",
  "friday freitag",
  "saturday samstag sonnabend",
  "sunday sonntag",
].map((names) => names.split(" "));
/** Names of weekdays, with their number. */
export const weekdays = new Map(weekdayNames.flatMap((names, at) => names.map((name) => [name, at] as const)));

/** Numbers below twenty; “one” is an article in both languages, see `counted`. */
export const unitWords = new Map<string, number>(
  [
    "zero null",
    "",
    "two zwei zwo",
    "three drei",
    "four vier",
    "five fünf",
    "six sechs",
    "seven sieben",
    "eight acht",
    "nine neun",
    "ten zehn",
    "eleven elf",
    "twelve zwölf",
    "thirteen dreizehn",
    "fourteen vierzehn",
    "fifteen fünfzehn",
    "sixteen sechzehn",
    "seventeen siebzehn",
    "eighteen achtzehn",
    "nineteen neunzehn",
  ].flatMap((names, value) => names.split(" ").map((name) => [name, value] as const)),
);
unitWords.delete("");
export const tensWords = new Map<string, number>(
  [
    "twenty zwanzig",
    "thirty dreißig dreissig",
    "forty vierzig",
    "fifty fünfzig",
    "sixty sechzig",
    "seventy siebzig",
    "eighty achtzig",
    "ninety neunzig",
  ].flatMap((names, at) => names.split(" ").map((name) => [name, (at + 2) * 10] as const)),
);
/** “One” is an article in both languages, and a number before what can be counted. */
export const counted =
  "days?|weeks?|months?|years?|hours?|percent|euros?|dollars?|tage?n?|wochen?|monate?n?|jahre?n?|stunden?|prozent";

/** Names and signs of currencies, with their code. */
export const currencies = new Map<string, string>(
  Object.entries({
    eur: "€ eur euro euros",
    usd: "us$ $ usd dollar dollars",
    gbp: "£ gbp pound pounds pfund",
    chf: "chf franken francs franc",
    jpy: "jp¥ ¥ jpy yen",
    cad: "ca$ cad",
    aud: "a$ aud",
    nzd: "nz$ nzd",
    hkd: "hk$ hkd",
    cny: "cn¥ cny yuan",
    inr: "₹ inr",
    krw: "₩ krw",
    pln: "zł pln",
    czk: "kč czk",
    cents: "cents cent",
    ...Object.fromEntries(
      "sek nok dkk isk huf ron bgn ils aed sar qar kwd bhd omr jod tnd zar brl mxn ars clp cop sgd thb myr idr php vnd twd ugx"
        .split(" ")
        .map((code) => [code, code]),
    ),
  }).flatMap(([code, names]) => names.split(" ").map((name) => [name, code] as const)),
);

/** A pattern of any of these words, the longest first. */
export function alternatives(words: Iterable<string>): string {
  return [...words]
    .toSorted((a, b) => b.length - a.length)
    .map((word) => word.replaceAll("$", String.raw`\$`))
    .join("|");
}
