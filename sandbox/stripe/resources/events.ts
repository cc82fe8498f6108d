/** The list of events of the last thirty days. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import type { StoredEvent } from "../events.ts";
import { API_VERSION } from "../objects/shared.ts";

const RETENTION_S = 30 * 86_400;

const listParams = z.strictObject({
  ...p.paging,
  created: p.range.optional(),
  delivery_success: p.flag.optional(),
  type: p.text.optional(),
  types: p.texts.max(20).optional(),
});

export const eventRoutes = [
  route({
    method: "GET",
    path: "/v1/events",
    permission: "event",
    params: listParams,
    run: ({ world, params, url }) => {
      if (params.type !== undefined && params.types !== undefined) {
        throw StripeError.invalid("You may only specify one of these parameters: type, types.");
      }
      const oldest = world.now() - RETENTION_S;
      const wanted = wantedEvents(params);
      const matches = (event: StoredEvent) => event.created >= oldest && wanted(event);
      const page = pageOf(world.tables.events, { url, paging: params, matches });
      return { ...page, data: page.data.map((event) => world.events.render(event, API_VERSION)) };
    },
  }),
  route({
    method: "GET",
    path: "/v1/events/:id",
    permission: "event",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      const event = world.tables.events.get(id);
      if (event === undefined) throw StripeError.missing("event", id);
      return world.events.render(event, API_VERSION);
    },
  }),
];

function wantedEvents(filters: z.output<typeof listParams>): (event: StoredEvent) => boolean {
  const { created, delivery_success: delivered, type, types } = filters;
  return (event) =>
    p.inRange(event.created, created) &&
    (type === undefined || isOfType(event.type, type)) &&
    (types === undefined || types.some((one) => isOfType(event.type, one))) &&
    (delivered === undefined || (event.pending === 0) === delivered);
}

/** `charge.*` means all types below `charge`. */
function isOfType(type: string, wanted: string): boolean {
  return wanted.endsWith("*") ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}
