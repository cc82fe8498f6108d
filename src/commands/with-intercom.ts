/** A client of Intercom's for one command; undefined while nothing is connected. */
import type { Config } from "../config.ts";
import { findKeys, openIntercom, type Installation } from "../installation.ts";
import { RateBudget } from "../intercom/budget.ts";
import type { IntercomClient } from "../intercom/client.ts";

/** Runs `work` with the workspace, and closes it. */
export async function withIntercom<T>(
  config: Config,
  installation: Installation,
  work: (intercom: IntercomClient | undefined) => Promise<T>,
): Promise<T> {
  const { intercomAccessToken, intercomRegion = "us" } = await findKeys(config, installation);
  if (intercomAccessToken === undefined) return work(undefined);
  const intercom = openIntercom(config, { intercomAccessToken, intercomRegion }, new RateBudget({}));
  try {
    return await work(intercom);
  } finally {
    await intercom.close();
  }
}
