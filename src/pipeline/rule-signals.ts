/** What people do in Intercom begins runs, and is looked at by those that wait. */
import { insertMatches, wakeTurns } from "../rules/store.ts";
import type { OnKept } from "./keep-signals.ts";
import { signalMatches } from "./match-rules.ts";
import type { RulesNow } from "./rules-now.ts";

/** Takes signals that are new, inside the transaction that keeps them. */
export function tellRules(now: () => RulesNow, nowMs: () => number): OnKept {
  return async (tx, kept) => {
    const nowS = Math.floor(nowMs() / 1000);
    const rules = now();
    await insertMatches(
      tx,
      kept.flatMap((signal) => signalMatches(rules, signal, { ...signal.customer, nowS })),
    );
    await wakeTurns(
      tx,
      kept.map(({ customer }) => customer),
    );
  };
}
