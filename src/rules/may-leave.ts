/** Station rules: whether a message may leave now. Asked in this order: the arbiter, the customer's wish, the cap, the hour. */
import { dayS } from "../lib/day.ts";
import { arbitrate, type ArbiterDecision } from "./arbiter.ts";
import { cappedUntil } from "./caps.ts";
import { quietUntil } from "./quiet-hours.ts";
import type { RunState } from "./run.ts";
import type { Scene } from "./scene.ts";

/** `later` is looked at again at `untilS`, and given up when it has been held for `patienceS`. */
export type Verdict =
  | { readonly leave: "now" }
  | { readonly leave: "later"; readonly untilS: number; readonly patienceS: number; readonly why: string }
  | { readonly leave: "never"; readonly why: string };

/** A message that was held so long has lost its occasion. */
export const messagePatienceS = 3 * dayS;

type Channel = "chat" | "email";

/** What keeps a message from leaving: first what does so for good, then what only holds it. */
export function mayLeave(scene: Scene, run: RunState, channel: Channel): Verdict {
  const arbiter = askArbiter(scene, run, channel);
  if (arbiter.speak === "never") return { leave: "never", why: arbiter.why };
  if (channel === "email" && scene.inputs.signals.unsubscribed) {
    return { leave: "never", why: "The customer has unsubscribed from e-mails." };
  }
  if (arbiter.speak === "later") {
    return { leave: "later", untilS: arbiter.untilS, patienceS: arbiter.patienceS, why: arbiter.why };
  }
  return (
    held(capEnd(scene, channel), "The customer has had enough messages for now.") ??
    held(quietEnd(scene), "It is in the customer's quiet hours.") ?? { leave: "now" }
  );
}

function askArbiter({ rule, inputs, nowS }: Scene, run: RunState, channel: Channel): ArbiterDecision {
  const { name, priority, dunning } = rule.rule;
  if (!dunning) return { speak: "now" };
  const heldSinceS = run.waiting?.for === "message" ? run.waiting.sinceS : nowS;
  const { startedS, messages } = run;
  return arbitrate(inputs.arbiter, { rule: name, priority, startedS, channel, messages, nowS, heldSinceS });
}

function capEnd({ rule, inputs, nowS, days }: Scene, channel: Channel): number | null {
  const cap = rule.caps[channel];
  return cap === undefined ? null : cappedUntil(cap, { nowS, channel, sent: inputs.sent, ...days });
}

function quietEnd({ rule, nowS, days }: Scene): number | null {
  return rule.quietHours === undefined ? null : quietUntil(nowS, rule.quietHours, days.timeZone);
}

function held(untilS: number | null, why: string): Verdict | null {
  return untilS === null ? null : { leave: "later", untilS, patienceS: messagePatienceS, why };
}
