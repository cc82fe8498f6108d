/** Teams, teammates and ticket types of a workspace. Their lists have no pages. */
import { z } from "zod";
import type { IntercomClient } from "./client.ts";
import type { CallOptions } from "./contacts.ts";
import { anyId } from "./written.ts";

export type ListedThing = { readonly id: string; readonly name: string | null };

const things = z.array(
  z
    .object({ id: anyId, name: z.string().nullish() })
    .transform(({ id, name }): ListedThing => ({ id, name: name ?? null })),
);

const teams = z.object({ teams: things }).transform((answer) => answer.teams);
const teammates = z.object({ admins: things }).transform((answer) => answer.admins);
const ticketTypes = z.object({ data: things }).transform((answer) => answer.data);

type Listed = Promise<readonly ListedThing[]>;

/** All teams. */
export async function listTeams(client: IntercomClient, options: CallOptions): Listed {
  return (await client.request({ method: "GET", path: "/teams", effect: "read", schema: teams, ...options })).data;
}

/** All teammates. */
export async function listTeammates(client: IntercomClient, options: CallOptions): Listed {
  return (await client.request({ method: "GET", path: "/admins", effect: "read", schema: teammates, ...options })).data;
}

/** All ticket types, archived ones too. */
export async function listTicketTypes(client: IntercomClient, options: CallOptions): Listed {
  const read = { method: "GET", path: "/ticket_types", effect: "read" } as const;
  return (await client.request({ ...read, schema: ticketTypes, ...options })).data;
}
