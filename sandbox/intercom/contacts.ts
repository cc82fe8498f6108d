/** The contact endpoints: create, update, read, list and find by external id. */
import { z } from "zod";
import { contactView } from "./contact-view.ts";
import { pagesView, peoplePages, queryPageRequest } from "./pages.ts";
import { changePerson, createPerson, findPerson, mergedAway } from "./person.ts";
import { personNotFound } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import { anyObject, unixSeconds } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

const updateBody = z.strictObject({
  role: z.enum(["user", "lead"]).optional(),
  external_id: z.string().min(1).max(255).optional(),
  email: z.string().min(1).max(255).optional(),
  email_verified: z.boolean().nullish(),
  phone: z.string().max(255).nullish(),
  name: z.string().max(255).nullish(),
  avatar: z.string().nullish(),
  signed_up_at: unixSeconds.nullish(),
  last_seen_at: unixSeconds.nullish(),
  owner_id: z.string().nullish(),
  unsubscribed_from_emails: z.boolean().nullish(),
  language_override: z.string().nullish(),
  custom_attributes: anyObject.nullish(),
});

const createBody = updateBody.refine(
  (body) => body.email !== undefined || body.external_id !== undefined || body.role !== undefined,
  "One of email, external_id or role is required",
);

/** Reading and writing single contacts, and the list of all. */
export function contactRoutes(workspace: Workspace): readonly Route[] {
  const view = (contact: Parameters<typeof contactView>[1]) => ok(contactView(workspace, contact));
  return [
    bodyRoute({ method: "POST", path: "/contacts", scope: "write_users", body: createBody }, ({ body }) =>
      view(createPerson(workspace, body)),
    ),
    bodyRoute({ method: "PUT", path: "/contacts/:id", scope: "write_users", body: updateBody }, (call) =>
      view(changePerson(workspace, findPerson(workspace, param(call, "id")), call.body)),
    ),
    route({ method: "GET", path: "/contacts/:id", scope: "read_users" }, (call) =>
      view(findPerson(workspace, param(call, "id"))),
    ),
    route({ method: "GET", path: "/contacts/find_by_external_id/:external_id", scope: "read_users" }, (call) =>
      view(findByExternalId(workspace, param(call, "external_id"))),
    ),
    route({ method: "GET", path: "/contacts", scope: "read_users" }, ({ query }) => ok(listPeople(workspace, query))),
  ];
}

/** Leads have external ids that Intercom made up; only users are found by theirs. */
function findByExternalId(workspace: Workspace, externalId: string) {
  const users = workspace.people.withExternalId(externalId).filter((contact) => contact.role === "user");
  const live = users.find((contact) => contact.state === "live");
  if (live !== undefined) return live;
  const merged = users.find((contact) => contact.state === "merged");
  throw merged === undefined ? personNotFound() : mergedAway(workspace, merged);
}

function listPeople(workspace: Workspace, query: URLSearchParams) {
  const { people } = workspace;
  const request = queryPageRequest(peoplePages, query);
  const after = Number(request.cursor?.after[0] ?? 0);
  const found = people.liveAfter(after, request.perPage + 1);
  const page = found.slice(0, request.perPage);
  const last = page.at(-1);
  const more = found.length > page.length && last !== undefined;
  return {
    type: "list",
    data: page.map((contact) => contactView(workspace, contact)),
    total_count: people.liveCount,
    pages: pagesView(request, people.liveCount, more ? [last.seq] : undefined),
  };
}
