/** Asks Intercom whether it has the teams, teammates and ticket types that rules name. What it does not tell is not known, and no error. */
import type { RuleProblem } from "../../../contract/rule-problem.ts";
import type { RulesDocument } from "../../../contract/rule.ts";
import type { IntercomClient } from "../../intercom/client.ts";
import { IntercomForbidden, IntercomPlanRestricted } from "../../intercom/failure.ts";
import { listTeammates, listTeams, listTicketTypes } from "../../intercom/workspace-things.ts";
import { AppError, messageOf } from "../../model/error.ts";
import {
  checkWorkspaceThings,
  partsNamed,
  workspaceParts,
  type WorkspacePart,
  type WorkspaceThing,
  type WorkspaceThings,
} from "../../rules/check/workspace.ts";

export type WorkspaceFindings = {
  /** What is named and not there, as warnings. */
  readonly problems: readonly RuleProblem[];
  /** What is named and cannot be looked up, and why. */
  readonly unknown: readonly {
    readonly part: WorkspacePart;
    readonly why: string;
    readonly permission: string | null;
  }[];
};

/** Looks up what a document names; without a connection nothing is known, and nothing is said. */
export async function checkNamedThings(
  document: Pick<RulesDocument, "rules">,
  intercom: IntercomClient | undefined,
): Promise<WorkspaceFindings> {
  if (!intercom) return { problems: [], unknown: [] };
  const asked = await Promise.all(
    partsNamed(document).map(async (part) => [part, await look(intercom, part)] as const),
  );
  const found = new Map(asked);
  const thingsOf = (part: WorkspacePart): readonly WorkspaceThing[] | null => {
    const one = found.get(part);
    return one && "things" in one ? one.things : null;
  };
  const things: WorkspaceThings = {
    team: thingsOf("team"),
    teammate: thingsOf("teammate"),
    ticketType: thingsOf("ticketType"),
  };
  return {
    problems: checkWorkspaceThings(document, things),
    unknown: workspaceParts.flatMap((part) => {
      const one = found.get(part);
      return one && "why" in one ? [{ part, ...one }] : [];
    }),
  };
}

type Look =
  | { readonly things: readonly WorkspaceThing[] }
  | { readonly why: string; readonly permission: string | null };

const lists = { team: listTeams, teammate: listTeammates, ticketType: listTicketTypes } as const;

async function look(intercom: IntercomClient, part: WorkspacePart): Promise<Look> {
  try {
    return { things: await lists[part](intercom, { lane: "urgent" }) };
  } catch (error) {
    if (error instanceof IntercomForbidden) return { why: "the app may not read them", permission: error.permission };
    if (error instanceof IntercomPlanRestricted) return { why: "the plan has none", permission: null };
    if (error instanceof AppError) return { why: messageOf(error), permission: null };
    throw error;
  }
}
