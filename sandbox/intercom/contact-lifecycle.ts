/** The end of a contact and what comes after: archive, unarchive, block, delete, merge. */
import { z } from "zod";
import { contactReference, contactView } from "./contact-view.ts";
import { findPerson, mergedAway } from "./person.ts";
import { invalid, notFound, personNotFound, Refusal } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { Contact } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

const mergeBody = z.strictObject({
  from: z.string(),
  into: z.string(),
  skip_duplicate_validation: z.boolean().optional(),
});

/** The endpoints that take a contact away or bring it back. */
export function contactLifecycleRoutes(workspace: Workspace): readonly Route[] {
  const line = (method: string, path: string) => ({ method, path, scope: "write_users" }) as const;
  const reference = (contact: Contact, flags: object) => ok({ ...contactReference(contact), ...flags });
  const found = (id: string) => findPerson(workspace, id);
  return [
    route(line("POST", "/contacts/:id/archive"), (call) =>
      reference(archivePerson(workspace, known(workspace, param(call, "id"))), { archived: true }),
    ),
    route(line("POST", "/contacts/:id/unarchive"), (call) =>
      reference(unarchivePerson(workspace, known(workspace, param(call, "id"))), { archived: false }),
    ),
    route(line("POST", "/contacts/:id/block"), (call) =>
      reference(blockPerson(workspace, known(workspace, param(call, "id"))), { archived: true, blocked: true }),
    ),
    route(line("DELETE", "/contacts/:id"), (call) =>
      reference(deletePerson(workspace, known(workspace, param(call, "id"))), { deleted: true }),
    ),
    bodyRoute({ ...line("POST", "/contacts/merge"), body: mergeBody }, ({ body }) => {
      const pair = { from: found(body.from), into: found(body.into) };
      checkMerge(pair.from, pair.into, body.skip_duplicate_validation ?? false);
      return ok(contactView(workspace, mergePeople(workspace, pair)));
    }),
    route({ method: "GET", path: "/contacts/:id/merge_history", scope: "read_users" }, (call) =>
      ok(mergeHistory(workspace, param(call, "id"))),
    ),
  ];
}

/** A contact in any state but merged; unlike reading, these calls reach archived people too. */
function known(workspace: Workspace, id: string): Contact {
  const contact = workspace.people.get(id);
  if (contact === undefined) throw personNotFound();
  if (contact.state === "merged") throw mergedAway(workspace, contact);
  return contact;
}

/** Archives: the person is no longer found, listed or readable, but can come back. */
export function archivePerson(workspace: Workspace, contact: Contact): Contact {
  if (contact.state !== "live") return contact;
  const archived = workspace.people.save({ ...contact, state: "archived", updated_at: workspace.nowS() });
  workspace.notify("contact.archived", () => ({ ...contactReference(archived), archived: true }));
  return archived;
}

function unarchivePerson(workspace: Workspace, contact: Contact): Contact {
  if (contact.state === "live") return contact;
  if (contact.state === "blocked") {
    throw new Refusal(400, "not_restorable", "A blocked contact can't be unarchived");
  }
  const live = workspace.people.save({ ...contact, state: "live", updated_at: workspace.nowS() });
  workspace.notify("contact.unarchive", () => contactView(workspace, live));
  return live;
}

/** Blocking also closes the person's conversations. */
function blockPerson(workspace: Workspace, contact: Contact): Contact {
  const blocked = workspace.people.save({ ...contact, state: "blocked", updated_at: workspace.nowS() });
  const { conversations } = workspace.tables;
  for (const conversation of conversations.all()) {
    if (conversation.contact_id === contact.id) conversations.put({ ...conversation, state: "closed" });
  }
  workspace.notify("contact.archived", () => ({ ...contactReference(blocked), archived: true }));
  return blocked;
}

/** Removes the person with conversations, notes and events; e-mail and external id stay locked for seven days. */
export function deletePerson(workspace: Workspace, contact: Contact): Contact {
  const { conversations, notes, events, messages, companies } = workspace.tables;
  workspace.people.remove(contact, workspace.nowS());
  for (const table of [conversations, notes, events, messages]) {
    const ids = table
      .all()
      .filter((row) => row.contact_id === contact.id)
      .map((row) => row.id);
    for (const id of ids) table.delete(id);
  }
  for (const id of contact.company_ids) {
    const company = companies.get(id);
    if (company === undefined) continue;
    companies.put({ ...company, contact_ids: company.contact_ids.filter((person) => person !== contact.id) });
  }
  workspace.notify("contact.deleted", () => ({ ...contactReference(contact), deleted: true }));
  return contact;
}

function checkMerge(from: Contact, into: Contact, skipDuplicateCheck: boolean): void {
  if (from.id === into.id) throw invalid("A contact can't be merged into itself");
  if (from.role !== "lead" || into.role !== "user") throw invalid("Only a lead can be merged into a user");
  const same = (a: string | null, b: string | null) => a !== null && a === b;
  if (skipDuplicateCheck || same(from.email, into.email) || same(from.phone, into.phone)) return;
  throw new Refusal(
    400,
    "invalid_merge",
    "Contacts can only be merged when they are duplicates (matching email or phone). Pass skip_duplicate_validation=true to override this check.",
  );
}

/** Moves everything of one contact to the other. The survivor's own values win. */
export function mergePeople(
  workspace: Workspace,
  { from, into }: { readonly from: Contact; readonly into: Contact },
): Contact {
  const { people } = workspace;
  const now = workspace.nowS();
  people.save({ ...from, state: "merged", merged_into: into.id, merged_at: now, updated_at: now });
  const survivor = people.save({
    ...into,
    email: into.email ?? from.email,
    phone: into.phone ?? from.phone,
    name: into.name ?? from.name,
    custom_attributes: { ...from.custom_attributes, ...into.custom_attributes },
    tags: [...into.tags, ...from.tags.filter((tag) => !into.tags.some((own) => own.id === tag.id))],
    note_ids: [...into.note_ids, ...from.note_ids],
    company_ids: [...new Set([...into.company_ids, ...from.company_ids])],
    updated_at: now,
  });
  handOver(workspace, from.id, into.id);
  workspace.notify("contact.merged", () => ({
    ...contactView(workspace, survivor),
    merged_from: { type: "contact", id: from.id, role: from.role },
  }));
  return survivor;
}

function handOver(workspace: Workspace, from: string, into: string): void {
  const { conversations, notes, messages, companies } = workspace.tables;
  workspace.journal.move(from, into);
  for (const row of conversations.all()) if (row.contact_id === from) conversations.put({ ...row, contact_id: into });
  for (const row of notes.all()) if (row.contact_id === from) notes.put({ ...row, contact_id: into });
  for (const row of messages.all()) if (row.contact_id === from) messages.put({ ...row, contact_id: into });
  for (const row of companies.all()) {
    if (!row.contact_ids.includes(from)) continue;
    const others = row.contact_ids.filter((id) => id !== from && id !== into);
    companies.put({ ...row, contact_ids: [...others, into] });
  }
}

function mergeHistory(workspace: Workspace, id: string) {
  const contact = workspace.people.get(id);
  if (contact?.state !== "live" || contact.role !== "user") throw notFound("Contact not found");
  const sources = workspace.people.all().filter((other) => other.merged_into === id);
  return {
    type: "list",
    data: sources.map((source) => ({
      type: "merge_history",
      source_contact_id: source.id,
      source_contact_role: source.role,
      merged_at: source.merged_at,
    })),
    next_cursor: null,
    has_more: false,
  };
}
