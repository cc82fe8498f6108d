/** Companies as the API shows them. */
import { noteView } from "./notes.ts";
import type { Company } from "./rows.ts";
import { tagView } from "./tags.ts";
import type { Workspace } from "./workspace.ts";

/** The whole company; what it was never told is left out, as Intercom does. */
export function companyView(workspace: Workspace, company: Company) {
  const { tags, notes } = workspace.tables;
  const given = {
    name: company.name,
    remote_created_at: company.remote_created_at,
    last_request_at: company.last_request_at,
    size: company.size,
    website: company.website,
    industry: company.industry,
  };
  return {
    type: "company" as const,
    id: company.id,
    company_id: company.company_id,
    app_id: workspace.appId,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null)),
    created_at: company.created_at,
    updated_at: company.updated_at,
    monthly_spend: company.monthly_spend,
    session_count: 0,
    user_count: company.contact_ids.length,
    plan: company.plan === null ? {} : { type: "plan", id: planId(company.plan), name: company.plan },
    tags: { type: "tag.list", tags: listed(company.tag_ids, (id) => tags.get(id)).map(tagView) },
    segments: { type: "segment.list", segments: [] },
    notes: {
      type: "note.list",
      notes: listed(company.note_ids, (id) => notes.get(id)).map((note) => noteView(workspace, note)),
    },
    custom_attributes: company.custom_attributes,
  };
}

function listed<T>(ids: readonly string[], find: (id: string) => T | undefined): readonly T[] {
  return ids.map(find).filter((item) => item !== undefined);
}

/** Plans exist only by name; the same name always gives the same id. */
function planId(name: string): string {
  let sum = 7;
  for (const letter of name) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003;
  return String(sum);
}
