/**
 * Station billing: the days on which banks settle, as rules.
 * Sources: TARGET – Eurosystem's closing days since 2002 (ecb.europa.eu); ACH – Federal Reserve Bank holidays
 * (frbservices.org): one on a Sunday is kept on Monday, one on a Saturday is not moved; Bacs – bank holidays of England and
 * Wales (gov.uk/bank-holidays), one on a weekend is moved to the next working day; BECS – Australia's national holidays.
 * Days that are proclaimed once (a coronation) are not in them.
 */

export type Holiday =
  | { readonly month: number; readonly day: number; readonly moves?: "from sunday" | "from weekend" }
  /** Days after Easter Sunday. */
  | { readonly easter: number }
  /** The n-th such weekday of the month; -1 is the last. Sunday is 0. */
  | { readonly month: number; readonly weekday: number; readonly nth: number };

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
} as const satisfies Readonly<Record<string, readonly Holiday[]>>;

export type CalendarName = keyof typeof calendars;
