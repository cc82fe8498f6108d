/**
 * Station rules: the figures in a text: numbers, amounts, percentages and dates, in digits or in simple words, English and German.
 * A figure is compared by what it says and not by how it is written: 49,00 € is €49.00, and 15.11.2026 is 15 November 2026.
 */
import {
  alternatives,
  counted,
  currencies,
  monthPattern,
  months,
  tensWords,
  unitWords,
  weekdays,
} from "./figure-words.ts";

export type Figure = {
  /** As it stands in the text. */
  readonly written: string;
  /** What it may say; `1.234` says 1234 or 1.234. */
  readonly readings: readonly string[];
};

const percent = String.raw`%|percent\b|prozent\b`;
const edge = String.raw`(?<![\p{L}\p{N}])`;
const end = String.raw`(?![\p{L}\p{N}])`;

const day = "0?[1-9]|[12]\\d|3[01]";
const month = "0?[1-9]|1[0-2]";
const digits = String.raw`\d{1,3}(?:[ '’]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*`;

/** Not within a word: “eur” in “europe”. */
const currency = `(?<!\\p{L})(?:${alternatives(currencies.keys())})(?!\\p{L})`;

/** Dates first, since their parts look like numbers; each kind with the way to read it. */
const kinds: readonly { readonly pattern: RegExp; readonly read: (match: RegExpMatchArray) => readonly string[] }[] = [
  {
    pattern: pattern(`${edge}(\\d{4})-(\\d{1,2})-(\\d{1,2})${end}`),
    read: ([, year, inMonth, ofDay]) => dateReadings(ofDay, Number(inMonth), year),
  },
  {
    pattern: pattern(`${edge}(${day})\\.\\s?(${month})\\.\\s?(\\d{4}|\\d{2})${end}`),
    read: ([, ofDay, inMonth, year]) => dateReadings(ofDay, Number(inMonth), fullYear(year)),
  },
  {
    // Without a year it may as well be an amount at the end of a sentence, so that a word before it has to tell.
    pattern: pattern(`(?<=${edge}(?:am|bis|zum|vom|ab|seit|dem|den)\\s)(${day})\\.\\s?(${month})\\.`),
    read: ([, ofDay, inMonth]) => dateReadings(ofDay, Number(inMonth)),
  },
  {
    // With strokes the month may stand first.
    pattern: pattern(`${edge}(\\d{1,2})/(\\d{1,2})/(\\d{4}|\\d{2})${end}`),
    read: ([, first, second, year]) => [
      ...dateReadings(first, Number(second), fullYear(year)),
      ...dateReadings(second, Number(first), fullYear(year)),
    ],
  },
  {
    pattern: pattern(
      `${edge}(\\d{1,2})(?:\\.|st|nd|rd|th)?\\s*(?:of\\s+)?(${monthPattern})${end}\\.?(?:,?\\s*(\\d{4})${end})?`,
    ),
    read: ([, ofDay, name = "", year]) => dateReadings(ofDay, months.get(name.toLowerCase()) ?? 0, year),
  },
  {
    pattern: pattern(`${edge}(${monthPattern})\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?${end}(?:,?\\s*(\\d{4})${end})?`),
    read: ([, name = "", ofDay, year]) => dateReadings(ofDay, months.get(name.toLowerCase()) ?? 0, year),
  },
  {
    // “May” and “March” are words too; as months they stand before a year or behind a preposition.
    pattern: pattern(
      `${edge}(?:(${monthPattern})\\.?\\s+(\\d{4})|(?:in|im|of|until|by|from|since|seit|ab|bis|ende|anfang|mitte)\\s+(${monthPattern}))${end}`,
    ),
    read: ([, dated, year, bare]) => {
      const named = months.get((dated ?? bare ?? "").toLowerCase()) ?? 0;
      return [`month ${named}${year === undefined ? "" : ` ${year}`}`];
    },
  },
  {
    pattern: pattern(`${edge}(${alternatives(weekdays.keys())})s?${end}`),
    read: ([, name = ""]) => [`weekday ${weekdays.get(name.toLowerCase())}`],
  },
  {
    pattern: pattern(`${edge}([01]?\\d|2[0-3]):([0-5]\\d)${end}`),
    read: ([, hour, minute]) => [`time ${Number(hour)}:${minute}`],
  },
  {
    pattern: pattern(`(?:(${currency})\\s*)?(${digits})(?:\\s*(?:(${percent})|(${currency})))?`),
    read: ([, before, number = "", percentage, behind]) =>
      readingsOf(number).map((value) => withUnit(value, { percentage, money: behind ?? before })),
  },
  {
    pattern: pattern(
      `${edge}(?:(?:(${alternatives(tensWords.keys())})(?:[-\\s](${alternatives(unitWords.keys())}))?)|(?:(ein|${alternatives(unitWords.keys())})und(${alternatives(tensWords.keys())}))|(${alternatives(unitWords.keys())}))${end}(?:\\s*(?:(${percent})|(${currency})))?`,
    ),
    read: ([, tens, units, germanUnits, germanTens, alone, percentage, money]) => {
      const ten = tensWords.get((tens ?? germanTens ?? "").toLowerCase()) ?? 0;
      const one =
        germanUnits?.toLowerCase() === "ein" ? 1 : unitWords.get((units ?? germanUnits ?? alone ?? "").toLowerCase());
      return [withUnit(String(ten + (one ?? 0)), { percentage, money })];
    },
  },
  { pattern: pattern(`${edge}(?:one|eine?[nmrs]?)\\s+(?:${counted})${end}`), read: () => ["1"] },
  {
    // Words that say how much without a number are taken only as they stand.
    pattern: pattern(
      `${edge}(?:\\p{L}*(?:hundred|hundert|thousand|tausend|million|milliarde|billion)\\p{L}*|half|halbe\\p{L}*|hälfte|quarter|viertel|third|drittel|doubled?|doppelt\\p{L}*|verdoppel\\p{L}*|triple|dreifach\\p{L}*|twice|zweimal|dreimal|dozens?|dutzend|tomorrow|übermorgen)${end}`,
    ),
    read: ([word]) => [`word ${word.toLowerCase()}`],
  },
  // What is left of digits in other scripts says nothing that could be compared.
  { pattern: /\p{N}+/gu, read: ([number]) => [`digits ${number}`] },
];

/** Stands where a figure was, so that what was around it does not become another. */
const taken = " \u0001 ";

function pattern(source: string): RegExp {
  return new RegExp(source, "giu");
}

/** Every figure in a text. */
export function figuresIn(text: string): readonly Figure[] {
  let rest = text.normalize("NFKC");
  const figures: Figure[] = [];
  for (const { pattern: kind, read } of kinds) {
    figures.push(
      ...[...rest.matchAll(kind)].map((match) => ({
        written: match[0].trim().replace(/\.$/, ""),
        readings: read(match),
      })),
    );
    rest = rest.replaceAll(kind, taken);
  }
  return figures;
}

/** The figures of a text that none of the known ones says. */
export function unknownFigures(text: string, known: string): readonly Figure[] {
  const said = new Set(figuresIn(known).flatMap(({ readings }) => readings.flatMap(impliedBy)));
  return figuresIn(text).filter(({ readings }) => !readings.some((reading) => said.has(reading)));
}

/** Who names an amount names its number, who names a day names its month; never the other way round. */
function impliedBy(reading: string): readonly string[] {
  const value = /^([\d.]+) (?:%|[a-z]+)$/.exec(reading)?.[1];
  if (value !== undefined) return [reading, value];
  const [, ofMonth, ofDay = "", year] = /^date (\d+)-(\d+)(?: (\d+))?$/.exec(reading) ?? [];
  if (ofMonth === undefined) return [reading];
  const dated = year === undefined ? [] : [`date ${ofMonth}-${ofDay}`, `month ${ofMonth} ${year}`, year];
  return [reading, `month ${ofMonth}`, ofDay, ...dated];
}

function dateReadings(ofDay: string | undefined, ofMonth: number, year?: string): readonly string[] {
  return [`date ${ofMonth}-${Number(ofDay)}${year === undefined ? "" : ` ${year}`}`];
}

function fullYear(year: string | undefined): string | undefined {
  return year?.length === 2 ? `20${year}` : year;
}

function withUnit(
  value: string,
  { percentage, money }: { readonly percentage: string | undefined; readonly money: string | undefined },
): string {
  if (percentage !== undefined) return `${value} %`;
  return money === undefined ? value : `${value} ${currencies.get(money.toLowerCase())}`;
}

/** What a row of digits with points, commas and blanks may say, without what follows from writing it longer. */
function readingsOf(number: string): readonly string[] {
  const compact = number.replaceAll(/[\s'’]/g, "");
  const readings = [
    { thousands: ",", decimals: "." },
    { thousands: ".", decimals: "," },
  ].flatMap(({ thousands, decimals }) => {
    const [whole = "", fraction = "", ...more] = compact.split(decimals);
    if (more.length > 0 || fraction.includes(thousands)) return [];
    const groups = whole.split(thousands);
    if (groups.length > 1 && !groups.every((group, at) => (at === 0 ? /^\d{1,3}$/ : /^\d{3}$/).test(group))) return [];
    const significant = fraction.replace(/0+$/, "");
    return [`${groups.join("").replace(/^0+(?=\d)/, "")}${significant === "" ? "" : `.${significant}`}`];
  });
  return readings.length === 0 ? [`digits ${compact}`] : [...new Set(readings)];
}
