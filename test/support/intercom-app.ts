/** The business's own application as Intercom sees it: contacts that come from its messenger or its own integration. */
import { z } from "zod";
import { INTERCOM_TOKEN, type Sandbox } from "../../sandbox/sandbox.ts";

const created = z.object({ id: z.string() });

/** Creates a contact through the API, of which Intercom notifies its subscribers. */
export async function createContact(
  { url }: Pick<Sandbox, "url">,
  contact: Readonly<Record<string, unknown>>,
): Promise<string> {
  return created.parse(await call(url, "/contacts", contact)).id;
}

/** Brings an archived contact back. */
export async function unarchiveContact({ url }: Pick<Sandbox, "url">, id: string): Promise<void> {
  await call(url, `/contacts/${id}/unarchive`, {});
}

async function call(url: string, path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${INTERCOM_TOKEN}`,
      "intercom-version": "2.16",
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`Intercom refused ${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
