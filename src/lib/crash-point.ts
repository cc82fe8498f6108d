/** Named places where a test may stop or kill the process. In production they do nothing. */

export type CrashPoint =
  | "after-store-before-ack"
  | "after-intercom-before-record"
  | "after-company-before-record"
  | "after-effect-sent-before-record"
  | "after-effect-recorded"
  | "after-turn-before-commit"
  | "after-turn-committed";

type Hook = (point: CrashPoint) => Promise<void> | void;

let hook: Hook | undefined;

/** Tests hang a kill or a pause here; nothing in `src/` calls it. */
export function setCrashPointHook(next: Hook | undefined): void {
  hook = next;
}

/** Passes a crash point. */
export async function crashPoint(point: CrashPoint): Promise<void> {
  if (hook) await hook(point);
}
