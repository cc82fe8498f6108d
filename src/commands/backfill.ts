/** `dunlin backfill`: asks the running server to load what Stripe has, through the shared database. */
import type { Config } from "../config.ts";
import { mainAccount } from "../connections/connection.ts";
import { saveSetting } from "../connections/store.ts";
import { addSlowJob } from "../queue/slow-jobs.ts";
import { backfillSetting, findBackfill } from "../upkeep/backfill.ts";
import { withInstallation } from "./connect.ts";
import { say } from "./terminal.ts";

/** Queues the backfill; the server does it, and tells on its page how far it is. */
export async function runBackfillCommand(config: Config, { again }: { readonly again?: boolean }): Promise<void> {
  await withInstallation(config, async ({ pool }) => {
    const state = await findBackfill({ pool });
    if (state?.state === "done" && !again)
      return say("Everything was loaded already. To begin from the start: dunlin backfill --again");
    if (again) await saveSetting(pool, backfillSetting, null);
    await addSlowJob(pool, { task: "backfill", payload: { account: mainAccount }, key: "backfill" });
    say("The backfill is queued; the running server does it and shows on its page how far it is.");
  });
}
