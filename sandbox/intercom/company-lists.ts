/** Finding and listing companies: by own id or name, page by page, and by scrolling. Companies without people are not listed. */
import { contactView } from "./contact-view.ts";
import { companyWithOwnId, findCompany } from "./companies.ts";
import { companyView } from "./company-view.ts";
import { pageById, peoplePages, queryPageRequest, singlePage } from "./pages.ts";
import { invalid, notFound, Refusal } from "./refusal.ts";
import { ok, param, route, type Route } from "./route.ts";
import type { Company } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

const listedMax = 10_000;
const scrollPage = 100;
const scrollIdleS = 60;

type Scroll = { readonly param: string; readonly position: number; readonly usedAt: number };

/** The ways to read many companies. */
export function companyListRoutes(workspace: Workspace): readonly Route[] {
  const read = (method: string, path: string) => ({ method, path, scope: "read_users" }) as const;
  const scroll = createScroll(workspace);
  return [
    route(read("GET", "/companies"), ({ query }) => ok(findOrList(workspace, query))),
    route(read("POST", "/companies/list"), ({ query }) =>
      ok(listPage(workspace, bySeen(visible(workspace), query.get("order")), query)),
    ),
    route(read("GET", "/companies/scroll"), ({ query }) => ok(scroll(query.get("scroll_param")))),
    route(read("GET", "/companies/:id/contacts"), (call) =>
      ok(companyPeople(workspace, findCompany(workspace, param(call, "id")), call.query)),
    ),
  ];
}

function visible(workspace: Workspace): readonly Company[] {
  return workspace.tables.companies.all().filter((company) => company.contact_ids.length > 0);
}

/** The list is sorted by when a company was seen last, the latest first unless asked otherwise. */
function bySeen(companies: readonly Company[], order: string | null): readonly Company[] {
  const latestFirst = companies.toSorted((a, b) => (b.last_request_at ?? 0) - (a.last_request_at ?? 0));
  return order === "asc" ? latestFirst.toReversed() : latestFirst;
}

/** With `company_id` or `name` the answer is the company itself, as the reference pages show it. */
function findOrList(workspace: Workspace, query: URLSearchParams) {
  const companyId = query.get("company_id");
  const name = query.get("name");
  if (companyId === null && name === null) {
    const tag = query.get("tag_id");
    const companies = visible(workspace).filter((company) => tag === null || company.tag_ids.includes(tag));
    return listPage(workspace, query.has("segment_id") ? [] : companies, query);
  }
  const company =
    companyId === null
      ? workspace.tables.companies.all().find((candidate) => candidate.name === name)
      : companyWithOwnId(workspace, companyId);
  if (company === undefined) throw notFound("Company Not Found", "company_not_found");
  return companyView(workspace, company);
}

function listPage(workspace: Workspace, companies: readonly Company[], query: URLSearchParams) {
  const page = Number(query.get("page") ?? 1);
  const perPage = Number(query.get("per_page") ?? 15);
  if (!Number.isInteger(page) || page < 1) throw invalid("page must be a positive number", "page");
  if (!Number.isInteger(perPage) || perPage < 1 || perPage > 60)
    throw invalid("per_page must be between 1 and 60", "per_page");
  if (page * perPage > listedMax) {
    throw new Refusal(400, "page_limit_reached", "Use the scroll API to list more than 10000 companies");
  }
  const slice = companies.slice((page - 1) * perPage, page * perPage);
  return {
    type: "list",
    data: slice.map((company) => companyView(workspace, company)),
    pages: { ...singlePage(companies.length, perPage), page },
    total_count: companies.length,
  };
}

/** Only one scroll is open at a time; it ends when it was not used for a minute. */
function createScroll(workspace: Workspace) {
  let open: Scroll | undefined;
  return (wanted: string | null) => {
    const usedAt = workspace.nowS();
    if (open !== undefined && usedAt - open.usedAt > scrollIdleS) open = undefined;
    const { param, position } = takeUp(workspace, open, wanted);
    const companies = visible(workspace).slice(position, position + scrollPage);
    open = companies.length === 0 ? undefined : { param, position: position + companies.length, usedAt };
    return {
      type: "list",
      data: companies.map((company) => companyView(workspace, company)),
      pages: null,
      total_count: null,
      scroll_param: param,
    };
  };
}

/** The open scroll when the caller names it, a new one when the caller names none and none is open. */
function takeUp(workspace: Workspace, open: Scroll | undefined, wanted: string | null): Omit<Scroll, "usedAt"> {
  if (wanted !== null) {
    if (wanted !== open?.param) throw notFound("scroll parameter not found");
    return open;
  }
  if (open !== undefined) throw new Refusal(400, "scroll_exists", "scroll already exists for this workspace");
  return { param: `scroll-${workspace.ids.hexFor(workspace.tables.companies)}`, position: 0 };
}

function companyPeople(workspace: Workspace, company: Company, query: URLSearchParams) {
  const request = queryPageRequest(peoplePages, query);
  const people = company.contact_ids
    .map((id) => workspace.people.get(id))
    .filter((contact) => contact !== undefined)
    .filter((contact) => contact.state === "live");
  const page = pageById(request, people);
  return {
    type: "list",
    data: page.items.map((contact) => contactView(workspace, contact)),
    total_count: people.length,
    pages: page.pages,
  };
}
