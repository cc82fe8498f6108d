/** Companies: upserted by the caller's own company id, read and changed by Intercom's. */
import { z } from "zod";
import { patchAttributes } from "./attribute-values.ts";
import { companyView } from "./company-view.ts";
import { noteBody, noteList, noteView, writeNote } from "./notes.ts";
import { absent, invalid, notFound } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { Company } from "./rows.ts";
import { anyObject, unixSeconds } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

const monthlySpendMax = 2_147_483_647;

const updateBody = z.strictObject({
  name: z.string().optional(),
  plan: z.string().optional(),
  size: z.number().int().optional(),
  website: z.string().optional(),
  industry: z.string().optional(),
  custom_attributes: anyObject.optional(),
  monthly_spend: z.number().optional(),
});

const upsertBody = updateBody.extend({
  company_id: z.string().min(1).optional(),
  remote_created_at: unixSeconds.optional(),
  update_last_request_at: z.boolean().optional(),
});

type CompanyInput = z.output<typeof upsertBody>;

/** Create or update, read, change and delete companies, and their notes and segments. */
export function companyRoutes(workspace: Workspace): readonly Route[] {
  const write = (method: string, path: string) => ({ method, path, scope: "write_users" }) as const;
  const read = (path: string) => ({ method: "GET", path, scope: "read_users" }) as const;
  const found = (id: string) => findCompany(workspace, id);
  const style = "bad_request" as const;
  return [
    bodyRoute({ ...write("POST", "/companies"), body: upsertBody, style }, ({ body }) =>
      ok(companyView(workspace, upsertCompany(workspace, body))),
    ),
    route(read("/companies/:id"), (call) => ok(companyView(workspace, found(param(call, "id"))))),
    bodyRoute({ ...write("PUT", "/companies/:id"), body: updateBody, style }, (call) =>
      ok(companyView(workspace, changeCompany(workspace, found(param(call, "id")), call.body))),
    ),
    route(write("DELETE", "/companies/:id"), (call) => {
      deleteCompany(workspace, found(param(call, "id")));
      return ok({ id: param(call, "id"), object: "company", deleted: true });
    }),
    route(read("/companies/:id/segments"), (call) => {
      found(param(call, "id"));
      return ok({ type: "list", data: [] });
    }),
    route(read("/companies/:id/notes"), (call) => ok(noteList(workspace, found(param(call, "id")).note_ids))),
    bodyRoute({ ...write("POST", "/companies/:id/notes"), body: noteBody }, (call) => {
      const company = found(param(call, "id"));
      const note = writeNote(workspace, { contact_id: null, company_id: company.id }, call.body);
      workspace.tables.companies.put({ ...company, note_ids: [...company.note_ids, note.id] });
      return ok(noteView(workspace, note));
    }),
  ];
}

/** A company by Intercom's id, or 404. */
export function findCompany(workspace: Workspace, id: string): Company {
  const company = workspace.tables.companies.get(id);
  if (company === undefined) throw notFound("Company Not Found", "company_not_found");
  return company;
}

/** A company by the caller's own id. */
export function companyWithOwnId(workspace: Workspace, companyId: string): Company | undefined {
  const id = workspace.companyIds.get(companyId);
  return id === undefined ? undefined : workspace.tables.companies.get(id);
}

function upsertCompany(workspace: Workspace, input: CompanyInput): Company {
  if (input.company_id === undefined) throw absent("company_id not specified", "company_id");
  const present = companyWithOwnId(workspace, input.company_id);
  if (present !== undefined) return changeCompany(workspace, present, input);
  const now = workspace.nowS();
  const blank: Company = {
    id: workspace.ids.hexFor(workspace.tables.companies),
    company_id: input.company_id,
    name: null,
    plan: null,
    size: null,
    website: null,
    industry: null,
    monthly_spend: 0,
    remote_created_at: null,
    last_request_at: null,
    created_at: now,
    updated_at: now,
    custom_attributes: {},
    contact_ids: [],
    tag_ids: [],
    note_ids: [],
  };
  const company = workspace.tables.companies.put(applyInput(workspace, blank, input));
  workspace.companyIds.set(company.company_id, company.id);
  workspace.notify("company.created", () => companyView(workspace, company));
  return company;
}

function changeCompany(workspace: Workspace, present: Company, input: CompanyInput): Company {
  const company = workspace.tables.companies.put(applyInput(workspace, present, input));
  workspace.notify("company.updated", () => companyView(workspace, company));
  return company;
}

function applyInput(workspace: Workspace, present: Company, input: CompanyInput): Company {
  const now = workspace.nowS();
  return {
    ...present,
    name: input.name ?? present.name,
    plan: input.plan ?? present.plan,
    size: input.size ?? present.size,
    website: input.website ?? present.website,
    industry: input.industry ?? present.industry,
    monthly_spend: input.monthly_spend === undefined ? present.monthly_spend : wholeSpend(input.monthly_spend),
    remote_created_at: input.remote_created_at ?? present.remote_created_at,
    last_request_at: input.update_last_request_at === true ? now : present.last_request_at,
    updated_at: now,
    custom_attributes: patchAttributes(workspace, "company", {
      present: present.custom_attributes,
      patch: input.custom_attributes,
    }),
  };
}

/** Decimals are cut off, not rounded. */
function wholeSpend(amount: number): number {
  if (Math.abs(amount) > monthlySpendMax)
    throw invalid(`monthly_spend must be at most ${monthlySpendMax}`, "monthly_spend");
  return Math.trunc(amount);
}

/** The people stay; only their tie to the company goes. */
function deleteCompany(workspace: Workspace, company: Company): void {
  const { people, tables } = workspace;
  tables.companies.delete(company.id);
  workspace.companyIds.delete(company.company_id);
  for (const id of company.contact_ids) {
    const contact = people.get(id);
    if (contact === undefined) continue;
    people.save({ ...contact, company_ids: contact.company_ids.filter((other) => other !== company.id) });
  }
  workspace.notify("company.deleted", () => ({ type: "company", id: company.id, company_id: company.company_id }));
}
