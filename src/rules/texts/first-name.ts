/** Station rules: how a customer may be called. Nobody is greeted by half a company's name, so in doubt there is no first name. */

/** Titles and forms of address, which stand before a first name. */
const titles = new Set(
  "dr prof professor dipl ing mag herr frau mr mrs ms miss mx sir dame med rer nat phil jur hc habil".split(" "),
);

/** What only organisations have in their names. */
const organisations = new Set(
  `gmbh ug ag kg ohg gbr ev eg se kgaa mbh inc llc ltd limited corp corporation co company plc llp lp pty sa sarl sas srl spa bv nv oy ab
  as aps kft sro doo zoo group gruppe holding verein stiftung verlag agentur agency studio studios praxis kanzlei partner partners
  consulting solutions systems services shop store software media labs team office buchhaltung accounting billing rechnung
  rechnungen info admin test kunde customer user unknown unbekannt none null familie family und and the die das der stadt
  universität university hochschule schule school bank hotel restaurant cafe café bäckerei praxisgemeinschaft deutsche deutscher deutsches
  bahn post erste neue allgemeine internationale european global international united royal first`.split(/\s+/),
);

/** What stands in family names, and so never for a first name. */
const particles = new Set("von van de del della di da zu zum zur den der ten ter la le el al bin ibn".split(" "));

const word = /^\p{Lu}[\p{L}\p{M}]*(?:['’]\p{L}[\p{L}\p{M}]*)?(?:-\p{L}[\p{L}\p{M}]*)*$/u;

/** Two words of this length may be somebody's initials or an abbreviation. */
const lettersMin = 2;

/**
 * The first name in a full name of two to five words (“Dr. Anna-Lena Müller” → “Anna-Lena”, “Müller, Anna” → “Anna”); null for
 * companies, single words, initials, capitals throughout, and whatever else might not be a person's name.
 */
export function firstNameOf(name: string | null): string | null {
  const words = wordsOf(name ?? "");
  if (words.some((each) => organisations.has(bareOf(each)))) return null;
  const proper = words.filter((each, at) => !isTitle(each, words.slice(0, at)));
  const [first, ...rest] = proper;
  if (first === undefined || rest.length === 0 || rest.length > 4) return null;
  if (!isName(first) || particles.has(bareOf(first)) || !rest.every(isPartOfName)) return null;
  return first;
}

const familyFirstLanguages = new Set(["hu", "ja", "ko", "vi", "zh"]);
const familyFirstCountries = new Set(["CN", "HK", "HU", "JP", "KP", "KR", "MO", "TW", "VN"]);

/** Whether the family's name may stand first, as it does in some languages: then nobody can tell which of two words it is. */
export function isFamilyFirst({
  locale,
  country,
}: {
  readonly locale: string | null;
  readonly country: string | null;
}): boolean {
  if (locale !== null && familyFirstLanguages.has(locale.slice(0, 2).toLowerCase())) return true;
  return country !== null && familyFirstCountries.has(country);
}

/** “Müller, Anna” is turned round; with more commas it is no name. */
function wordsOf(name: string): readonly string[] {
  const parts = name
    .normalize("NFC")
    .trim()
    .split(/\s*,\s*/);
  const [family = "", given] = parts;
  if (parts.length > 2) return [];
  return (given === undefined ? family : `${given} ${family}`).split(/\s+/).filter((each) => each !== "");
}

/** Only titles may stand before a title. */
function isTitle(each: string, before: readonly string[]): boolean {
  return titles.has(bareOf(each)) && before.every((other) => titles.has(bareOf(other)));
}

/** A capital letter, then small ones; “MAX” may be an abbreviation. */
function isName(each: string): boolean {
  return word.test(each) && each.length >= lettersMin && each !== each.toUpperCase();
}

function isPartOfName(each: string): boolean {
  return word.test(each) || particles.has(each.toLowerCase()) || /^\p{Lu}\.$/u.test(each);
}

function bareOf(each: string): string {
  return each.toLowerCase().replaceAll(/[.,&]/g, "");
}

/** Whether a name is meant to be clicked: who gives one as their name sends it to themselves, or makes us send it to others. */
export function looksLikeAddress(name: string): boolean {
  return /:\/\/|www\.|@|\b[\p{L}\p{N}-]{2,}\.(?:[a-z]{2}|com|net|org|info|biz|shop|xyz|top|online|site|link|click|app|dev)\b/iu.test(
    name,
  );
}
