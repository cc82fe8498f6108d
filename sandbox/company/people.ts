/** Invented customers: names that are plausible in their country, addresses that belong to nobody. */
import type { Random } from "../kernel/types.ts";
import type { Currency } from "./catalogue.ts";

export type Invented = {
  readonly name: string;
  readonly email: string;
  readonly userId: string;
  readonly country: string;
  readonly city: string;
  readonly language: string;
  readonly currency: Currency;
};

type Country = {
  readonly code: string;
  readonly language: string;
  readonly currency: Currency;
  readonly cities: readonly string[];
  readonly first: readonly string[];
  readonly last: readonly string[];
};

const COUNTRIES: readonly Country[] = [
  {
    code: "DE",
    language: "de",
    currency: "eur",
    cities: ["Bremen", "Leipzig", "Freiburg", "Kiel"],
    first: ["Anneke", "Jorin", "Thea", "Matti", "Frauke", "Lennart", "Svenja", "Ole"],
    last: ["Haselbach", "Moorkamp", "Wiesental", "Dornhof", "Eschweg", "Lindquell"],
  },
  {
    code: "FR",
    language: "fr",
    currency: "eur",
    cities: ["Nantes", "Dijon", "Rennes", "Annecy"],
    first: ["Maëlle", "Corentin", "Solène", "Titouan", "Élise", "Baptiste"],
    last: ["Valmoret", "Clairbois", "Roncelay", "Fontbrune", "Marivert"],
  },
  {
    code: "ES",
    language: "es",
    currency: "eur",
    cities: ["Girona", "Vigo", "Murcia"],
    first: ["Nerea", "Iker", "Lucía", "Adrián", "Jimena"],
    last: ["Valdecuna", "Roblemar", "Torrezul", "Campohierro"],
  },
  {
    code: "US",
    language: "en",
    currency: "usd",
    cities: ["Duluth", "Boise", "Savannah", "Tacoma"],
    first: ["Harper", "Wyatt", "Delia", "Emmett", "Ruby", "Calvin"],
    last: ["Thornquist", "Maplewood", "Rivergate", "Stonebrook", "Fairhollow"],
  },
  {
    code: "GB",
    language: "en-GB",
    currency: "gbp",
    cities: ["Hexham", "Falmouth", "Lincoln"],
    first: ["Imogen", "Alfie", "Beatrix", "Rowan", "Tilda"],
    last: ["Ashcombe", "Fernleigh", "Wetherdale", "Holloway-Finch"],
  },
  {
    code: "CH",
    language: "de-CH",
    currency: "chf",
    cities: ["Olten", "Chur", "Thun"],
    first: ["Urs", "Seraina", "Reto", "Flurina"],
    last: ["Bergamin-Hof", "Rosshalde", "Tannegg", "Seewer-Matt"],
  },
  {
    code: "JP",
    language: "ja",
    currency: "jpy",
    cities: ["Matsumoto", "Kurashiki", "Otaru"],
    first: ["Haruka", "Ren", "Mio", "Sota"],
    last: ["Hoshikawa", "Minamizaki", "Asagiri", "Yukimori"],
  },
];

/** Most customers are near; a few are far away. */
const WEIGHTS = [8, 4, 2, 5, 3, 2, 1];

/** The n-th invented customer; the number keeps e-mail addresses and user ids apart. */
export function invent(random: Random, number: number): Invented {
  const country = pickCountry(random);
  const [first, last] = [random.pick(country.first), random.pick(country.last)];
  const mailbox = `${plain(first)}.${plain(last)}.${number}`;
  return {
    name: country.code === "JP" ? `${last} ${first}` : `${first} ${last}`,
    email: `${mailbox}@example.${random.pick(["com", "org", "net"])}`,
    userId: `user_${1000 + number}`,
    country: country.code,
    city: random.pick(country.cities),
    language: country.language,
    currency: country.currency,
  };
}

function pickCountry(random: Random): Country {
  let ticket = random.int(
    1,
    WEIGHTS.reduce((sum, weight) => sum + weight, 0),
  );
  for (const [index, country] of COUNTRIES.entries()) {
    ticket -= WEIGHTS[index] ?? 0;
    if (ticket <= 0) return country;
  }
  return random.pick(COUNTRIES);
}

function plain(name: string): string {
  return name
    .normalize("NFD")
    .replaceAll(/[^A-Za-z]/g, "")
    .toLowerCase();
}
