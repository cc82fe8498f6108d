/**
 * Station billing: the days on which banks settle, as rules.
 * Sources: TARGET – Eurosystem's closing days since 2002 (ecb.europa.eu); ACH – Federal Reserve Bank holidays
 * (frbservices.org): one on a Sunday is kept on Monday, one on a Saturday is not moved; Bacs – bank holidays of England and
 * Wales (gov.uk/bank-holidays), one on a weekend is moved to the next working day; BECS – Australia's national holidays, and
 * New Zealand's (Holidays Act 2003; Matariki's dates are set by the schedule of its own act of 2022); Canada – the days on which
 * Payments Canada does not exchange.
 * Days that are proclaimed once (a coronation) are not in them.
 */

export type Holiday =
  | { readonly month: number; readonly day: number; readonly moves?: "from sunday" | "from weekend" }
  /** Days after Easter Sunday. */
  | { readonly easter: number }
  /** The n-th such weekday of the month; -1 is the last. Sunday is 0. */
  | { readonly month: number; readonly weekday: number; readonly nth: number }
  /** The last such weekday of the month up to that day. */
  | { readonly month: number; readonly weekday: number; readonly until: number }
  /** One day of each year, as `yyyy-mm-dd`. */
  | { readonly days: readonly string[] };

const matariki: Holiday = {
  days: `2024-06-28 2025-06-20 2026-07-10 2027-06-25 2028-07-14 2029-07-06 2030-06-21 2031-07-11 2032-07-02
    2033-06-24 2034-07-07 2035-06-29 2036-07-18 2037-07-10 2038-06-25 2039-07-15 2040-07-06`.split(/\s+/),
};

const goodFriday: Holiday = { easter: -2 };
const easterMonday: Holiday = { easter: 1 };

export const calendars = {
  target2: [
    { month: 1, day: 1 },
    goodFriday,
    easterMonday,
    { month: 5, day: 1 },
    { month: 12, day: 25 },
    { month: 12, day: 26 },
  ],
  fed: [
    { month: 1, day: 1, moves: "from sunday" },
    { month: 1, weekday: 1, nth: 3 },
    { month: 2, weekday: 1, nth: 3 },
    { month: 5, weekday: 1, nth: -1 },
    { month: 6, day: 19, moves: "from sunday" },
    { month: 7, day: 4, moves: "from sunday" },
    { month: 9, weekday: 1, nth: 1 },
    { month: 10, weekday: 1, nth: 2 },
    { month: 11, day: 11, moves: "from sunday" },
    { month: 11, weekday: 4, nth: 4 },
    { month: 12, day: 25, moves: "from sunday" },
  ],
  uk: [
    { month: 1, day: 1, moves: "from weekend" },
    goodFriday,
    easterMonday,
    { month: 5, weekday: 1, nth: 1 },
    { month: 5, weekday: 1, nth: -1 },
    { month: 8, weekday: 1, nth: -1 },
    { month: 12, day: 25, moves: "from weekend" },
    { month: 12, day: 26, moves: "from weekend" },
  ],
  australia: [
    { month: 1, day: 1, moves: "from weekend" },
    { month: 1, day: 26, moves: "from weekend" },
    goodFriday,
    easterMonday,
    { month: 4, day: 25 },
    { month: 6, weekday: 1, nth: 2 },
    { month: 12, day: 25, moves: "from weekend" },
    { month: 12, day: 26, moves: "from weekend" },
  ],
  new_zealand: [
    { month: 1, day: 1, moves: "from weekend" },
    { month: 1, day: 2, moves: "from weekend" },
    { month: 2, day: 6, moves: "from weekend" },
    goodFriday,
    easterMonday,
    { month: 4, day: 25, moves: "from weekend" },
    { month: 6, weekday: 1, nth: 1 },
    matariki,
    { month: 10, weekday: 1, nth: 4 },
    { month: 12, day: 25, moves: "from weekend" },
    { month: 12, day: 26, moves: "from weekend" },
  ],
  canada: [
    { month: 1, day: 1, moves: "from weekend" },
    goodFriday,
    { month: 5, weekday: 1, until: 24 },
    { month: 7, day: 1, moves: "from weekend" },
    { month: 9, weekday: 1, nth: 1 },
    { month: 9, day: 30, moves: "from weekend" },
    { month: 10, weekday: 1, nth: 2 },
    { month: 11, day: 11, moves: "from weekend" },
    { month: 12, day: 25, moves: "from weekend" },
    { month: 12, day: 26, moves: "from weekend" },
  ],
} as const satisfies Readonly<Record<string, readonly Holiday[]>>;

export type CalendarName = keyof typeof calendars;
