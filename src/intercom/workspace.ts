/** The workspace behind an access token. */
import { z } from "zod";
import type { IntercomClient } from "./client.ts";
import type { CallOptions } from "./contacts.ts";

export type Workspace = {
  /** The admin the token belongs to; author of notes and messages by default. */
  readonly adminId: string;
  /** The workspace's id, `id_code` in Intercom. Other ids are unique only within it. */
  readonly appId: string | null;
  readonly appName: string | null;
  readonly region: string | null;
  /** Searches by date use this zone's days. */
  readonly timezone: string | null;
};

const meSchema = z
  .object({
    id: z.union([z.string().min(1), z.number().transform(String)]),
    app: z
      .object({
        id_code: z.string().nullish(),
        name: z.string().nullish(),
        region: z.string().nullish(),
        timezone: z.string().nullish(),
      })
      .nullish(),
  })
  .transform(({ id, app }): Workspace => ({
    adminId: id,
    appId: app?.id_code ?? null,
    appName: app?.name ?? null,
    region: app?.region ?? null,
    timezone: app?.timezone ?? null,
  }));

/** Asks who we are: the first call of a setup, and the one that shows whether a token works. */
export async function getMe(client: IntercomClient, options: CallOptions): Promise<Workspace> {
  return (await client.request({ method: "GET", path: "/me", effect: "read", schema: meSchema, ...options })).data;
}
