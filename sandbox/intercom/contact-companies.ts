/** Which companies a contact belongs to. */
import { z } from "zod";
import { findCompany } from "./companies.ts";
import { companyView } from "./company-view.ts";
import { contactReference } from "./contact-view.ts";
import { singlePage } from "./pages.ts";
import { findPerson } from "./person.ts";
import { absent, Refusal } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import type { Company, Contact } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

const companyMax = 1000;

const attachBody = z.strictObject({ id: z.string().optional() });

/** Attach, detach and list. */
export function contactCompanyRoutes(workspace: Workspace): readonly Route[] {
  const path = "/contacts/:id/companies";
  const scope = "write_users";
  return [
    route({ method: "GET", path, scope: "read_users" }, (call) =>
      ok(companyList(workspace, findPerson(workspace, param(call, "id")))),
    ),
    bodyRoute({ method: "POST", path, scope, body: attachBody }, (call) => {
      const contact = findPerson(workspace, param(call, "id"));
      if (call.body.id === undefined) throw absent("company not specified", "id");
      return ok(companyView(workspace, attach(workspace, contact, findCompany(workspace, call.body.id))));
    }),
    route({ method: "DELETE", path: `${path}/:company_id`, scope }, (call) => {
      const contact = findPerson(workspace, param(call, "id"));
      return ok(companyView(workspace, detach(workspace, contact, findCompany(workspace, param(call, "company_id")))));
    }),
  ];
}

/** The answer calls its items `data`, unlike the description, which says `companies`. */
function companyList(workspace: Workspace, contact: Contact) {
  const companies = contact.company_ids.map((id) => findCompany(workspace, id));
  return {
    type: "list",
    data: companies.map((company) => companyView(workspace, company)),
    pages: singlePage(companies.length),
    total_count: companies.length,
  };
}

function attach(workspace: Workspace, contact: Contact, company: Company): Company {
  if (contact.company_ids.includes(company.id)) return company;
  if (contact.company_ids.length >= companyMax) {
    const message = `Contact has reached the maximum of ${companyMax} company associations`;
    throw new Refusal(400, "contact_company_limit_exceeded", message);
  }
  return link(workspace, {
    contact: { ...contact, company_ids: [...contact.company_ids, company.id] },
    company: { ...company, contact_ids: [...company.contact_ids, contact.id] },
    verb: "attached",
  });
}

function detach(workspace: Workspace, contact: Contact, company: Company): Company {
  return link(workspace, {
    contact: { ...contact, company_ids: contact.company_ids.filter((id) => id !== company.id) },
    company: { ...company, contact_ids: company.contact_ids.filter((id) => id !== contact.id) },
    verb: "detached",
  });
}

function link(
  workspace: Workspace,
  change: { readonly contact: Contact; readonly company: Company; readonly verb: "attached" | "detached" },
): Company {
  const updated_at = workspace.nowS();
  workspace.people.save({ ...change.contact, updated_at });
  const company = workspace.tables.companies.put({ ...change.company, updated_at });
  workspace.notify(`company.contact.${change.verb}`, () => ({
    company: companyView(workspace, company),
    contact: contactReference(change.contact),
  }));
  return company;
}
