import i18next from "i18next";
import { describe, expect, it } from "vitest";
import type { Pulse } from "../../../../contract/pulse.ts";
import { makeFormat } from "../../format/format.ts";
import de from "../../i18n/de.json";
import en from "../../i18n/en.json";
import { readHeadline, type Headline } from "./headline.ts";
import { headlineText } from "./headline-text.ts";

/** Numbers hold on to their noun with a no-break space, which is no matter here. */
const plain = (text: string): string => text.replaceAll("\u00a0", " ");

const at = "2026-11-21T12:00:00.000Z";

const connected: Pulse["connections"] = [
  { vendor: "stripe", label: "Acme", state: "active", reason: null, detail: null },
  { vendor: "intercom", label: "Acme", state: "active", reason: null, detail: null },
];

const nothingYet: Pulse = {
  now: at,
  sandbox: null,
  connections: connected,
  pauses: [],
  seconds: [],
  totals: { events: 0, skipped: 0, writes: 0, callsSaved: 0, customers: 0, linked: 0, leftOut: [] },
  lag: { p50Ms: null, p99Ms: null, backlogAgeMs: 0 },
  queue: { urgent: 0, calm: 0, backfill: 0, dead: 0, eventsWaiting: 0 },
  budget: { limit: 166, used: 0, resetsInMs: 4_000 },
  backfill: null,
  lastEvents: [],
  lastWrites: [],
};

const aPulse = (changes: Partial<Pulse>): Pulse => ({ ...nothingYet, ...changes });
const waiting = (urgent: number): Pulse["queue"] => ({ ...nothingYet.queue, urgent });
const flow: Pulse["seconds"] = [
  { at: 1, events: 3, writes: 1 },
  { at: 2, events: 1_201, writes: 0 },
];
const pausedIntercom = connected.map((connection) =>
  connection.vendor === "intercom" ? { ...connection, state: "paused" as const } : connection,
);

const calmPause: Pulse["pauses"][number] = {
  scope: "lane:calm",
  by: "person",
  code: "PAUSED_BY_HAND",
  reason: "An import runs.",
  since: at,
  until: null,
};

describe("readHeadline", () => {
  const cases: readonly (readonly [string, Partial<Pulse>, Headline])[] = [
    ["nothing is connected", { connections: [] }, { kind: "unconnected" }],
    ["nothing has happened yet", {}, { kind: "empty" }],
    ["it is quiet", { totals: { ...nothingYet.totals, events: 9 } }, { kind: "quiet" }],
    ["events came in", { seconds: flow }, { kind: "flowing", events: 1_204, writes: 1 }],
    [
      "customers wait though nothing comes in",
      { queue: waiting(4), lag: { ...nothingYet.lag, backlogAgeMs: 2_000 } },
      { kind: "catchingUp", waiting: 4, oldestMs: 2_000 },
    ],
    [
      "a customer waits too long",
      { seconds: flow, queue: waiting(4), lag: { ...nothingYet.lag, backlogAgeMs: 60_000 } },
      { kind: "catchingUp", waiting: 4, oldestMs: 60_000 },
    ],
    [
      "a connection is paused, whatever else happens",
      { seconds: flow, queue: waiting(4), connections: pausedIntercom },
      { kind: "paused", vendors: ["intercom"], waiting: 4 },
    ],
    [
      "a part of the work is paused, though the rest flows",
      { seconds: flow, queue: waiting(4), pauses: [calmPause] },
      { kind: "partlyPaused", waiting: 4 },
    ],
  ];

  it.each(cases)("says so when %s", (_name, changes, expected) => {
    expect(readHeadline(aPulse(changes))).toEqual(expected);
  });

  it("flows on while a few customers wait briefly", () => {
    const pulse = aPulse({ seconds: flow, queue: waiting(4), lag: { ...nothingYet.lag, backlogAgeMs: 900 } });
    expect(readHeadline(pulse).kind).toBe("flowing");
  });
});

describe("headlineText", () => {
  const i18n = i18next.createInstance();
  void i18n.init({ lng: "en", resources: { en: { translation: en }, de: { translation: de } } });
  const inEnglish = (headline: Headline): string =>
    plain(headlineText(headline, i18n.getFixedT("en"), makeFormat("en")));
  const inGerman = (headline: Headline): string =>
    plain(headlineText(headline, i18n.getFixedT("de"), makeFormat("de")));

  it("counts with the right plural", () => {
    expect(inEnglish({ kind: "flowing", events: 1_204, writes: 1 })).toBe(
      "Billing is flowing: 1,204 events in the last two minutes, 1 contact written.",
    );
    expect(inGerman({ kind: "flowing", events: 1, writes: 2_000 })).toBe(
      "Die Abrechnung fließt: 1 Ereignis in den letzten zwei Minuten, 2.000 Kontakte geschrieben.",
    );
  });

  it("says in whole words how long the longest wait is", () => {
    expect(inGerman({ kind: "catchingUp", waiting: 1, oldestMs: 420_000 })).toBe(
      "Dunlin holt auf: 1 Kunde wartet auf die Aktualisierung (längste Wartezeit: 7 Minuten).",
    );
  });

  it("names every paused connection and what is kept", () => {
    expect(inEnglish({ kind: "paused", vendors: ["stripe", "intercom"], waiting: 0 })).toBe(
      "Stripe and Intercom are paused. Nothing is lost.",
    );
    expect(inGerman({ kind: "paused", vendors: ["intercom"], waiting: 1 })).toBe(
      "Intercom ist angehalten. 1 Änderung ist aufgehoben und geht danach hinaus.",
    );
    expect(inEnglish({ kind: "partlyPaused", waiting: 2 })).toBe(
      "Part of the work is paused. 2 contact updates are kept and go out afterwards.",
    );
  });
});
