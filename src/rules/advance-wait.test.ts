/** What ends a wait, and what does not. */
import { describe, expect, it } from "vitest";
import {
  act,
  advance,
  celOf,
  chat,
  confirmed,
  fresh,
  lasting,
  mondayS,
  plain,
  setting,
  someFacts,
  wait,
  someInputs,
} from "../../test/support/rules.ts";

const hourS = 3600;
const dayS = 24 * hourS;

describe("a wait", () => {
  const answered = (repliedS: number) => ({ ...someInputs().signals, repliedS, conversationId: "7" });

  it("ends when its time is over, not a second earlier", () => {
    const rule = plain(wait({ duration: lasting(2, "day") }), setting("a", 1));
    const waiting = advance(rule, fresh);

    expect(waiting).toMatchObject({ wakeAtS: mondayS + 2 * dayS, steps: [{ result: "waits" }] });
    expect(advance(rule, waiting.state, { nowS: mondayS + 2 * dayS - 1 }).state).toBe(waiting.state);
    expect(advance(rule, waiting.state, { nowS: mondayS + 2 * dayS })).toMatchObject({
      state: { lastWait: "time", ended: { how: "finished" } },
      deeds: [{ at: 1 }],
    });
  });

  it("ends with an answer to the run's message, also one that came before the wait began", () => {
    const rule = plain(
      act(chat),
      wait({ duration: lasting(2, "day"), orReply: true }),
      wait({ duration: lasting(1, "day"), orReply: true }),
    );
    const sending = advance(rule, fresh).state;
    const effect = confirmed({ atS: mondayS + 10 });
    const after = advance(rule, sending, { nowS: mondayS + 900, effect, signals: answered(mondayS + 60) });

    expect(after.state).toMatchObject({ at: 2, lastWait: "reply", conversationId: "7", waiting: { for: "step" } });
    expect(advance(rule, after.state, { nowS: mondayS + 960, signals: answered(mondayS + 950) }).state.ended?.how).toBe(
      "finished",
    );
  });

  it("does not end with an answer that is older than the message", () => {
    const rule = plain(act(chat), wait({ duration: lasting(2, "day"), orReply: true }));
    const sending = advance(rule, fresh).state;
    const after = advance(rule, sending, {
      nowS: mondayS + 900,
      effect: confirmed({ atS: mondayS + 10 }),
      signals: answered(mondayS + 9),
    });

    expect(after.state).toMatchObject({ at: 1, lastWait: "none" });
  });

  it("does not end with an answer that it is not told to listen to", () => {
    const rule = plain(wait({ duration: lasting(2, "day") }));

    expect(advance(rule, fresh, { signals: answered(mondayS + 1) }).state.ended).toBeNull();
  });

  it("ends once its condition is true; one that is not known is not", () => {
    const rule = plain(wait({ duration: lasting(2, "day"), orUntil: celOf('profile.plan == "Pro"') }));
    const waiting = advance(rule, fresh).state;

    expect(waiting.ended).toBeNull();
    expect(advance(rule, waiting, { facts: someFacts({ profile: { plan: "Pro" } }) }).state.lastWait).toBe("condition");
  });

  it("is looked at each hour when its condition depends on the time", () => {
    const rule = plain(wait({ duration: lasting(2, "day"), orUntil: celOf("ages.days_to_trial_end < 5") }));

    expect(advance(rule, fresh).wakeAtS).toBe(mondayS + hourS);
  });

  describe("until a date", () => {
    const rule = plain(
      wait({ until: { field: "trial_end", before: lasting(1, "day"), after: null } }),
      setting("a", 1),
    );
    const trialEnding = (dateS: number | null) => someFacts({ dates: { trial_end: dateS } });
    const friday = mondayS + 4 * dayS;

    it("ends so long before it", () => {
      expect(advance(rule, fresh, { facts: trialEnding(friday) }).wakeAtS).toBe(mondayS + 3 * dayS);
    });

    it("ends at once when it has passed", () => {
      expect(advance(rule, fresh, { facts: trialEnding(mondayS) }).state).toMatchObject({ at: 2, lastWait: "time" });
    });

    it("follows the date when it is moved", () => {
      const waiting = advance(rule, fresh, { facts: trialEnding(friday) }).state;
      const later = advance(rule, waiting, { facts: trialEnding(friday + 7 * dayS), nowS: mondayS + 3 * dayS });

      expect(later).toMatchObject({ wakeAtS: mondayS + 10 * dayS, steps: [], state: { ended: null } });
      expect(advance(rule, waiting, { facts: trialEnding(mondayS + dayS) }).state.lastWait).toBe("time");
    });

    it("is over, and nothing is done, when the date is gone by the time it was known for", () => {
      const waiting = advance(rule, fresh, { facts: trialEnding(friday) }).state;

      expect(advance(rule, waiting, { facts: trialEnding(null), nowS: mondayS + 2 * dayS }).state).toBe(waiting);
      expect(advance(rule, waiting, { facts: trialEnding(null), nowS: mondayS + 3 * dayS })).toMatchObject({
        deeds: [],
        state: { ended: { how: "over", why: "The date “trial_end” that it waits for is not known." } },
      });
    });

    it("waits 7 days for a date that is not known yet", () => {
      const waiting = advance(rule, fresh, { facts: trialEnding(null) });

      expect(waiting.wakeAtS).toBe(mondayS + 7 * dayS);
      expect(advance(rule, waiting.state, { facts: trialEnding(friday) }).wakeAtS).toBe(mondayS + 3 * dayS);
      expect(
        advance(rule, waiting.state, { facts: trialEnding(null), nowS: mondayS + 7 * dayS }).state.ended?.how,
      ).toBe("over");
    });
  });
});
