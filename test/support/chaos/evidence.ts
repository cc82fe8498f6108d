/** Everything that is known of the customers whose contacts are wrong, for whoever looks for the cause. */
import type { Pool } from "../../../src/db/pool.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";

/** One text: their copies, events, links and writes as Dunlin has them, and every call about their contacts. */
export async function gatherEvidence(sandbox: Sandbox, pool: Pool, problems: readonly string[]): Promise<string> {
  const customerIds = [...new Set(problems.flatMap((problem) => problem.match(/cus_\w+/g) ?? []))].slice(0, 5);
  const texts = await Promise.all(customerIds.map((customerId) => evidenceOf(sandbox, pool, customerId)));
  return texts.join("\n");
}

async function evidenceOf(sandbox: Sandbox, pool: Pool, customerId: string): Promise<string> {
  const read = async (text: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await pool.query<Record<string, unknown>>(text, [customerId])).rows;
  const identities = await read("select * from identities where customer_id = $1");
  const contactId = String(identities[0]?.["contact_id"]);
  const calls = sandbox.requests.since(0).filter(({ path }) => path.includes(contactId));
  const lines = [
    ...identities,
    ...(await read("select * from stripe_objects where customer_id = $1 order by kind, id")),
    ...(await read(
      `select id, type, state, changes, received_at, created_s, object_id from stripe_events
        where object_id in (select id from stripe_objects where customer_id = $1) order by received_at`,
    )),
    ...(await read("select at, kind, lane, changes, basis from contact_writes where customer_id = $1 order by id")),
    ...calls.map(({ at, ...call }) => ({ ...call, at: new Date(at).toISOString() })),
  ];
  return [`==== ${customerId}`, ...lines.map((line) => JSON.stringify(line))].join("\n");
}
