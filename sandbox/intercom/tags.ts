/** Tags: made by name, put on contacts by id. */
import { z } from "zod";
import { tokenAdmin } from "./admins.ts";
import { contactView } from "./contact-view.ts";
import { findPerson } from "./person.ts";
import { invalid, notFound } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { AppliedTag, Contact, Tag } from "./rows.ts";
import { idShape } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

const createBody = z.strictObject({
  name: z.string().min(1).max(255),
  id: idShape.optional(),
  users: z.array(z.strictObject({ id: z.string() })).optional(),
  companies: z
    .array(
      z.strictObject({ id: z.string().optional(), company_id: z.string().optional(), untag: z.boolean().optional() }),
    )
    .optional(),
});

const attachBody = z.strictObject({ id: idShape });

/** Tags of the workspace and tags of contacts. */
export function tagRoutes(workspace: Workspace): readonly Route[] {
  const { tags } = workspace.tables;
  const write = (method: string, path: string) => ({ method, path, scope: "write_tags" }) as const;
  const read = (path: string) => ({ method: "GET", path, scope: "read_users" }) as const;
  return [
    route(read("/tags"), () => ok({ type: "list", data: tags.all().map(tagView) })),
    route(read("/tags/:id"), (call) => ok(tagView(findTag(workspace, param(call, "id"))))),
    bodyRoute({ ...write("POST", "/tags"), body: createBody }, ({ body }) => ok(createOrUse(workspace, body))),
    route(write("DELETE", "/tags/:id"), (call) => {
      deleteTag(workspace, findTag(workspace, param(call, "id")));
      return { status: 200, body: "" };
    }),
    route(read("/contacts/:id/tags"), (call) => {
      const contact = findPerson(workspace, param(call, "id"));
      return ok({ type: "list", data: contact.tags.map((applied) => appliedTagView(workspace, applied)) });
    }),
    bodyRoute({ ...write("POST", "/contacts/:id/tags"), body: attachBody }, (call) => {
      const contact = findPerson(workspace, param(call, "id"));
      return ok(tagContact(workspace, contact, findTag(workspace, call.body.id)));
    }),
    route(write("DELETE", "/contacts/:id/tags/:tag_id"), (call) => {
      const contact = findPerson(workspace, param(call, "id"));
      return ok(untagContact(workspace, contact, findTag(workspace, param(call, "tag_id"))));
    }),
  ];
}

/** A tag by id, or 404. */
export function findTag(workspace: Workspace, id: string): Tag {
  const tag = workspace.tables.tags.get(id);
  if (tag === undefined) throw notFound();
  return tag;
}

/** The mark that a tag leaves on what it is put on. */
export function applyTag(workspace: Workspace, tag: Tag, adminId: string): AppliedTag {
  return { id: tag.id, applied_at: workspace.nowS(), applied_by: { type: "admin", id: adminId } };
}

/** A tag on something, with who put it there and when. */
export function appliedTagView(workspace: Workspace, applied: AppliedTag) {
  const { id, applied_at, applied_by } = applied;
  return { type: "tag", id, name: workspace.tables.tags.get(id)?.name ?? "", applied_at, applied_by };
}

/** A tag by itself. */
export function tagView(tag: Tag) {
  return { type: "tag", id: tag.id, name: tag.name };
}

/** Puts a tag on a contact and tells subscribers, unless it is there. */
export function tagContact(workspace: Workspace, contact: Contact, tag: Tag) {
  const present = contact.tags.find((applied) => applied.id === tag.id);
  if (present !== undefined) return appliedTagView(workspace, present);
  const applied = applyTag(workspace, tag, tokenAdmin(workspace).id);
  changeTags(workspace, { contact, tag, tags: [...contact.tags, applied], verb: "created" });
  return appliedTagView(workspace, applied);
}

/** Takes a tag off a contact; 404 when it is not there. */
export function untagContact(workspace: Workspace, contact: Contact, tag: Tag) {
  const applied = contact.tags.find((candidate) => candidate.id === tag.id);
  if (applied === undefined) throw notFound();
  const tags = contact.tags.filter((candidate) => candidate.id !== tag.id);
  changeTags(workspace, { contact, tag, tags, verb: "deleted" });
  return appliedTagView(workspace, applied);
}

function changeTags(
  workspace: Workspace,
  change: {
    readonly contact: Contact;
    readonly tag: Tag;
    readonly tags: readonly AppliedTag[];
    readonly verb: "created" | "deleted";
  },
): void {
  const { tag, verb, tags } = change;
  const contact = workspace.people.save({ ...change.contact, tags, updated_at: workspace.nowS() });
  workspace.notify(`contact.${contact.role}.tag.${verb}`, () => ({
    type: "contact_tag",
    created_at: workspace.nowS(),
    tag: tagView(tag),
    contact: contactView(workspace, contact),
  }));
}

/** Creates by name, renames by id, and tags or untags in bulk when the body lists users or companies. */
function createOrUse(workspace: Workspace, body: z.output<typeof createBody>) {
  const tag = body.id === undefined ? tagNamed(workspace, body.name) : renameTag(workspace, body.id, body.name);
  for (const { id } of body.users ?? []) tagContact(workspace, findPerson(workspace, id), tag);
  for (const company of body.companies ?? []) tagCompany(workspace, tag, company);
  return {
    ...tagView(tag),
    ...(body.users === undefined ? {} : { users: body.users.map(({ id }) => ({ id, tagged: true })) }),
    ...(body.companies === undefined
      ? {}
      : { companies: body.companies.map(({ id, untag }) => ({ id: id ?? "", tagged: untag !== true })) }),
  };
}

/** The tag of this name, made if there is none. */
export function tagNamed(workspace: Workspace, name: string): Tag {
  const wanted = name.trim().toLowerCase();
  const { tags } = workspace.tables;
  const present = tags.all().find((tag) => tag.name.toLowerCase() === wanted);
  return present ?? tags.put({ id: workspace.ids.next("tag"), name: name.trim() });
}

function renameTag(workspace: Workspace, id: string, name: string): Tag {
  return workspace.tables.tags.put({ ...findTag(workspace, id), name });
}

function tagCompany(
  workspace: Workspace,
  tag: Tag,
  wanted: {
    readonly id?: string | undefined;
    readonly company_id?: string | undefined;
    readonly untag?: boolean | undefined;
  },
): void {
  const { companies } = workspace.tables;
  if (wanted.id === undefined && wanted.company_id === undefined) throw invalid("invalid tag parameters");
  const company = companies.all().find((row) => row.id === wanted.id || row.company_id === wanted.company_id);
  if (company === undefined) throw notFound("Company Not Found", "company_not_found");
  const others = company.tag_ids.filter((id) => id !== tag.id);
  companies.put({ ...company, tag_ids: wanted.untag === true ? others : [...others, tag.id] });
}

function deleteTag(workspace: Workspace, tag: Tag): void {
  const { tables, people } = workspace;
  tables.tags.delete(tag.id);
  const without = (tags: readonly AppliedTag[]) => tags.filter((applied) => applied.id !== tag.id);
  const carries = (row: { readonly tags: readonly AppliedTag[] }) => row.tags.some((applied) => applied.id === tag.id);
  for (const row of people.all().filter(carries)) people.save({ ...row, tags: without(row.tags) });
  for (const row of tables.conversations.all().filter(carries)) {
    tables.conversations.put({ ...row, tags: without(row.tags) });
  }
}
