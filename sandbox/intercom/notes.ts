/** Notes of teammates on contacts. */
import { z } from "zod";
import { actingAdmin, adminView } from "./admins.ts";
import { htmlOf } from "./html.ts";
import { singlePage } from "./pages.ts";
import { findPerson } from "./person.ts";
import { notFound } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { Note } from "./rows.ts";
import { idShape } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

/** The body of a note; the id of the contact is tolerated, as the documentation's example repeats it there. */
export const noteBody = z.strictObject({
  body: z.string().min(1),
  admin_id: idShape.optional(),
  contact_id: z.string().optional(),
});

/** Notes on contacts, and single notes. */
export function noteRoutes(workspace: Workspace): readonly Route[] {
  const path = "/contacts/:id/notes";
  return [
    route({ method: "GET", path, scope: "read_users" }, (call) =>
      ok(noteList(workspace, findPerson(workspace, param(call, "id")).note_ids)),
    ),
    bodyRoute({ method: "POST", path, scope: "write_users", body: noteBody }, (call) => {
      const contact = findPerson(workspace, param(call, "id"));
      const note = writeNote(workspace, { contact_id: contact.id, company_id: null }, call.body);
      workspace.people.save({ ...contact, note_ids: [...contact.note_ids, note.id], updated_at: workspace.nowS() });
      return ok(noteView(workspace, note));
    }),
    route({ method: "GET", path: "/notes/:id", scope: "read_users" }, (call) => {
      const note = workspace.tables.notes.get(param(call, "id"));
      if (note === undefined) throw notFound();
      return ok(noteView(workspace, note));
    }),
  ];
}

/** Writes a note on a contact or a company; the caller keeps its id there. */
export function writeNote(
  workspace: Workspace,
  on: { readonly contact_id: string | null; readonly company_id: string | null },
  note: { readonly body: string; readonly admin_id?: string | undefined },
): Note {
  const author = actingAdmin(workspace, note.admin_id);
  return workspace.tables.notes.put({
    id: workspace.ids.next("note"),
    ...on,
    author_id: author.id,
    body: htmlOf(note.body),
    created_at: workspace.nowS(),
  });
}

/** Notes by id, newest first. */
export function noteList(workspace: Workspace, ids: readonly string[]) {
  const notes = ids.map((id) => workspace.tables.notes.get(id)).filter((note) => note !== undefined);
  return {
    type: "list",
    data: notes.reverse().map((note) => noteView(workspace, note)),
    total_count: notes.length,
    pages: singlePage(notes.length),
  };
}

/** A note with its author. */
export function noteView(workspace: Workspace, note: Note) {
  return {
    type: "note",
    id: note.id,
    created_at: note.created_at,
    ...(note.contact_id === null ? {} : { contact: { type: "contact", id: note.contact_id } }),
    ...(note.company_id === null ? {} : { company: { type: "company", id: note.company_id } }),
    author: adminView(actingAdmin(workspace, note.author_id)),
    body: note.body,
  };
}
