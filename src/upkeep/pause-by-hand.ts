/** Pauses that people make and lift. The running nodes obey within a second. */
import type { PauseEntry } from "../../contract/pauses.ts";
import { scopeOf, type Pause, type PauseScope } from "../connections/pause.ts";
import { liftPause, listPauses, savePause } from "../connections/store.ts";
import type { Pool } from "../db/pool.ts";
import { AppError } from "../model/error.ts";

/** There is nothing of that name to pause. */
export class PauseScopeUnknown extends AppError {
  readonly code = "PAUSE_SCOPE_UNKNOWN";
  readonly kind = "invalid";
  constructor(text: string) {
    super(
      `“${text}” cannot be paused. There are: all, intake, intercom, stripe, stripe:<account>, lane:urgent, lane:calm, lane:backfill.`,
    );
  }
}

/** The scope that somebody named. Throws PauseScopeUnknown. */
export function requireScope(text: string): PauseScope {
  const scope = scopeOf(text);
  if (!scope) throw new PauseScopeUnknown(text);
  return scope;
}

/** Pauses a scope, or changes reason and duration of a person's earlier pause. */
export async function pauseByHand(
  pool: Pool,
  { scope, reason, lastsMs }: { readonly scope: PauseScope; readonly reason: string; readonly lastsMs: number | null },
): Promise<void> {
  await savePause(pool, { scope, by: "person", code: "PAUSED_BY_HAND", reason, lastsMs });
}

/** Lifts people's pauses: of one scope, or all of them. Answers which. */
export async function resumeByHand(pool: Pool, scope: PauseScope | null): Promise<readonly PauseScope[]> {
  const lifted: PauseScope[] = [];
  for (const pause of await listPauses(pool)) {
    if (pause.by !== "person" || (scope !== null && pause.scope !== scope)) continue;
    if (await liftPause(pool, pause)) lifted.push(pause.scope);
  }
  return lifted;
}

/** A pause as the API shows it. */
export function viewOfPause({ since, until, ...pause }: Pause): PauseEntry {
  return { ...pause, since: since.toISOString(), until: until?.toISOString() ?? null };
}
