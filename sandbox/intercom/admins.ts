/** Teammates, teams and the token's own admin; a new workspace starts with a few of each. */
import { ok, param, route, type Route } from "./route.ts";
import type { Admin, Author, Team } from "./rows.ts";
import { notFound } from "./refusal.ts";
import type { Workspace } from "./workspace.ts";

const firstTeammates = [
  { name: "Mara Lindqvist", email: "mara@sandbox.example", job_title: "Head of Support", team: 0 },
  { name: "Jonas Weber", email: "jonas@sandbox.example", job_title: "Support", team: 0 },
  { name: "Priya Nair", email: "priya@sandbox.example", job_title: "Billing", team: 1 },
] as const;

const firstTeams = ["Support", "Billing"] as const;

/** Fills an empty workspace with teammates and teams. */
export function seedAdmins({ ids, tables }: Workspace): void {
  if (tables.admins.size > 0) return;
  const teamIds = firstTeams.map(() => ids.next("team"));
  const admins = firstTeammates.map(({ team, ...person }) =>
    tables.admins.put({
      id: ids.next("admin"),
      ...person,
      has_inbox_seat: true,
      team_ids: [Number(teamIds[team] ?? 0)],
    }),
  );
  firstTeams.forEach((name, index) => {
    const id = teamIds[index] ?? ids.next("team");
    const members = admins.filter((admin) => admin.team_ids.includes(Number(id)));
    tables.teams.put({ id, name, admin_ids: members.map((admin) => Number(admin.id)) });
  });
}

/** `GET /me`, admins and teams. */
export function adminRoutes(workspace: Workspace): readonly Route[] {
  const { admins, teams } = workspace.tables;
  const line = (path: string) => ({ method: "GET", path, scope: "read_admins" }) as const;
  return [
    route({ method: "GET", path: "/me", scope: null }, () => ok(meView(workspace))),
    route(line("/admins"), () => ok({ type: "admin.list", admins: admins.all().map(adminView) })),
    route(line("/admins/:id"), (call) => ok(adminView(findAdmin(workspace, param(call, "id"))))),
    route(line("/teams"), () => ok({ type: "team.list", teams: teams.all().map(teamView) })),
    route(line("/teams/:id"), (call) => {
      const team = teams.get(param(call, "id"));
      if (team === undefined) throw notFound("Team not found", "team_not_found");
      return ok(teamView(team));
    }),
  ];
}

/** The admin whose token is used. */
export function tokenAdmin(workspace: Workspace): Admin {
  const [admin] = workspace.tables.admins.all();
  if (admin === undefined) throw new Error("The workspace has no teammates.");
  return admin;
}

/** A teammate by id, or 404. */
export function findAdmin(workspace: Workspace, id: string): Admin {
  const admin = workspace.tables.admins.get(id);
  if (admin === undefined) throw notFound("Admin not found", "admin_not_found");
  return admin;
}

/** The teammate a body names, or the token's own when it names none. */
export function actingAdmin(workspace: Workspace, id: string | undefined): Admin {
  if (id === undefined) return tokenAdmin(workspace);
  const admin = workspace.tables.admins.get(id);
  if (admin === undefined) throw notFound();
  return admin;
}

/** A teammate as the author of something. */
export function adminAuthor(admin: Admin): Author {
  return { type: "admin", id: admin.id, name: admin.name, email: admin.email };
}

/** Intercom's own bot, which signs automatic parts. */
export function botAuthor(workspace: Workspace): Author {
  return { type: "bot", id: "991267000", name: "Fin", email: `operator+${workspace.appId}@intercom.io` };
}

/** A teammate as the API shows one. */
export function adminView(admin: Admin) {
  return {
    type: "admin",
    id: admin.id,
    name: admin.name,
    email: admin.email,
    job_title: admin.job_title,
    away_mode_enabled: false,
    away_mode_reassign: false,
    away_status_reason_id: null,
    has_inbox_seat: admin.has_inbox_seat,
    team_ids: admin.team_ids,
    avatar: null,
  };
}

function teamView(team: Team) {
  return {
    type: "team",
    id: team.id,
    name: team.name,
    admin_ids: team.admin_ids,
    admin_priority_level: {},
    assignment_limit: null,
    distribution_method: "manual_assignment",
  };
}

function meView(workspace: Workspace) {
  return {
    ...adminView(tokenAdmin(workspace)),
    avatar: { type: "avatar", image_url: null },
    email_verified: true,
    app: {
      type: "app",
      id_code: workspace.appId,
      name: workspace.name,
      created_at: 1_735_689_600,
      secure: false,
      identity_verification: false,
      timezone: workspace.timezone,
      region: workspace.region,
    },
  };
}
