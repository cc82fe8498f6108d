/**
 * Station connections: what stands still, and what that means for the work.
 *
 * | scope | what waits | what goes on |
 * | --- | --- | --- |
 * | all | every call to either vendor | events are taken in and stored |
 * | intake | deliveries are answered 503, nothing is fetched | what is stored is worked off |
 * | intercom | every call to Intercom | events, Stripe |
 * | stripe:<account> | every call to that account | its events are taken in, Intercom, other accounts |
 * | lane:<lane> | writes of that lane | the other lanes |
 */
import { lanes, type Lane } from "../model/lane.ts";

export type PauseScope = "all" | "intake" | "intercom" | `stripe:${string}` | `lane:${Lane}`;

/** Something that stands still. */
export type Pause = {
  readonly scope: PauseScope;
  /** A person's pause is lifted by a person only, ours when a probe goes well, that of a move to another database by the move. */
  readonly by: "person" | "dunlin" | "move";
  readonly code: string;
  readonly reason: string;
  readonly since: Date;
  /** When it lapses by itself. */
  readonly until: Date | null;
};

/** What may go on. */
export type Openings = {
  readonly intake: boolean;
  readonly intercom: boolean;
  /** Lanes whose writes may go out; none while Intercom is closed. */
  readonly lanes: readonly Lane[];
  readonly stripe: (account: string) => boolean;
};

/** The scope that a text names; undefined when it names none. */
export function scopeOf(text: string): PauseScope | undefined {
  if (text === "all" || text === "intake" || text === "intercom") return text;
  if (text === "stripe") return "stripe:main";
  const lane = lanes.find((known) => text === `lane:${known}`);
  if (lane) return `lane:${lane}`;
  return /^stripe:[a-z][a-z0-9-]{0,30}$/.test(text) ? `stripe:${text.slice("stripe:".length)}` : undefined;
}

/** What may go on under these pauses. */
export function openingsOf(pauses: readonly Pick<Pause, "scope">[]): Openings {
  const closed = new Set<string>(pauses.map(({ scope }) => scope));
  const isOpen = (scope: PauseScope): boolean => !closed.has("all") && !closed.has(scope);
  const intercom = isOpen("intercom");
  return {
    intake: !closed.has("intake"),
    intercom,
    lanes: intercom ? lanes.filter((lane) => isOpen(`lane:${lane}`)) : [],
    stripe: (account) => isOpen(`stripe:${account}`),
  };
}
