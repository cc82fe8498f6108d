/** Whether the credentials in the database can be opened with the present key. */
import type { Vendor } from "../../connections/connection.ts";
import { CredentialsUnreadable, findCredentials } from "../../connections/store.ts";
import { query, sql } from "../../db/query.ts";
import type { Pool } from "../../db/pool.ts";
import type { SecretBox } from "../../lib/secret-box.ts";
import { failed, ok, type Check } from "../check.ts";

/** One check for each joined account whose credentials are kept. */
export async function checkCredentials(pool: Pool, box: SecretBox): Promise<readonly Check[]> {
  const text = "select vendor, account from connections where credentials is not null order by vendor desc, account";
  const owners = await query<{ vendor: Vendor; account: string }>(pool, sql.plain(text));
  return await Promise.all(
    owners.map(async ({ vendor, account }) => {
      const name = vendor === "intercom" ? "Intercom" : `Stripe, ${account}`;
      try {
        await findCredentials(pool, box, { vendor, account });
        return ok(name, "can be opened with the present key");
      } catch (error) {
        if (!(error instanceof CredentialsUnreadable)) throw error;
        return failed(name, "were encrypted with another key", remedyOf(vendor, account));
      }
    }),
  );
}

function remedyOf(vendor: Vendor, account: string): string {
  const again = `dunlin connect ${vendor}${vendor === "stripe" && account !== "main" ? ` --account ${account}` : ""}`;
  return `Put the secret.key of that time into the data folder (or set DUNLIN_SECRET_KEY to its content), or run \`${again}\`.`;
}
