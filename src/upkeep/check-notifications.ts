/** Whether Intercom tells us what the rules in force need to hear; which topics are ticked no API says, so it is seen by what came. */
import type { Pool } from "../db/pool.ts";
import { loadRulesNow, RulesUnreadable } from "../pipeline/rules-in-force.ts";
import type { CompiledRule } from "../rules/program.ts";
import { topicsTelling } from "../signals/signal.ts";
import { listTopics } from "../signals/store.ts";
import { ok, warning, type Check } from "./check.ts";

const remedy =
  "Intercom → Developer Hub → the app → Webhooks: enter <PUBLIC_URL>/webhooks/intercom and tick the topics of docs/reference/signals.md.";

/** One line of `dunlin doctor`. */
export async function checkNotifications(pool: Pool): Promise<Check> {
  const came = await listTopics(pool);
  const needed = topicsTelling(await neededKinds(pool));
  const missing = needed.filter((topic) => !came.has(topic));
  if (came.size === 0)
    return needed.length === 0
      ? ok("Notifications", "none has come; nothing in force needs any")
      : warning("Notifications", `none has come yet; rules need ${needed.join(", ")}`, remedy);
  const latest = [...came.values()]
    .reduce((a, b) => (a > b ? a : b))
    .toISOString()
    .slice(0, 16)
    .replace("T", " ");
  const detail = `${came.size} topics came, the latest at ${latest} UTC`;
  return missing.length === 0
    ? ok("Notifications", detail)
    : warning("Notifications", `${detail}; rules also need ${missing.join(", ")}, which never came`, remedy);
}

/** Rules that cannot be read need nothing; that they cannot is another line's to say. */
async function neededKinds(pool: Pool): Promise<ReadonlySet<string>> {
  try {
    const { active } = await loadRulesNow(pool);
    return new Set(active.flatMap(kindsFor));
  } catch (error) {
    if (error instanceof RulesUnreadable) return new Set();
    throw error;
  }
}

function kindsFor({ trigger, program }: CompiledRule): readonly string[] {
  const waitsForReply = program.some((instruction) => instruction.op === "wait" && instruction.orReply);
  return [
    ...(trigger.kind === "signal" ? [trigger.signal] : []),
    ...(waitsForReply ? ["replied", "conversation_opened"] : []),
  ];
}
