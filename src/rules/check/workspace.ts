/** Station rules: whether Intercom has the teams, teammates and ticket types that rules name. They may come later, so nothing is refused. */
import type { RuleProblemCode } from "../../../contract/rule-problem.ts";
import type { RulesDocument, RuleStep } from "../../../contract/rule.ts";
import { stepsIn } from "../steps.ts";
import { warning, type Problems } from "./problem.ts";

export const workspaceParts = ["team", "teammate", "ticketType"] as const;

/** What Intercom has many of, each by an id. */
export type WorkspacePart = (typeof workspaceParts)[number];

export type WorkspaceThing = { readonly id: string; readonly name: string | null };

/** What there is; null where that is not known. */
export type WorkspaceThings = Readonly<Record<WorkspacePart, readonly WorkspaceThing[] | null>>;

type Named = { readonly part: WorkspacePart; readonly id: string; readonly path: string };

/** The parts that a document names anything of. */
export function partsNamed(document: Pick<RulesDocument, "rules">): readonly WorkspacePart[] {
  const named = new Set(namedIn(document).map(({ part }) => part));
  return workspaceParts.filter((part) => named.has(part));
}

/** What a document names and Intercom does not have, as warnings. */
export function checkWorkspaceThings(document: Pick<RulesDocument, "rules">, things: WorkspaceThings): Problems {
  return namedIn(document).flatMap(({ part, id, path }) => {
    const known = things[part];
    if (known === null || known.some((thing) => thing.id === id)) return [];
    const { code, word } = words[part];
    return [warning(code, path, `Intercom has no ${word} ${id}${othersText(known)}`)];
  });
}

const words: Readonly<Record<WorkspacePart, { readonly code: RuleProblemCode; readonly word: string }>> = {
  team: { code: "TEAM_UNKNOWN", word: "team" },
  teammate: { code: "TEAMMATE_UNKNOWN", word: "teammate" },
  ticketType: { code: "TICKET_TYPE_UNKNOWN", word: "ticket type" },
};

/** More of them are no help. */
const toldMax = 10;

function othersText(known: readonly WorkspaceThing[]): string {
  if (known.length === 0 || known.length > toldMax) return "";
  return `; there ${known.length === 1 ? "is" : "are"} ${known.map(({ id, name }) => (name === null ? id : `${id} (${name})`)).join(", ")}`;
}

function namedIn({ rules }: Pick<RulesDocument, "rules">): readonly Named[] {
  return rules.flatMap(({ steps }, index) =>
    stepsIn({ steps, path: `rules[${index}].steps` }).flatMap(({ step, path }) =>
      namedBy(step).flatMap(({ part, id, key }) => (id === undefined ? [] : [{ part, id, path: `${path}.${key}` }])),
    ),
  );
}

type NamedPart = { readonly part: WorkspacePart; readonly id: string | undefined; readonly key: string };

function namedBy(step: RuleStep): readonly NamedPart[] {
  if ("message" in step) return [{ part: "teammate", id: step.message.from, key: "message.from" }];
  if ("note" in step) return [{ part: "teammate", id: step.note.from, key: "note.from" }];
  if ("assign" in step) {
    return "team" in step.assign
      ? [{ part: "team", id: step.assign.team, key: "assign.team" }]
      : [{ part: "teammate", id: step.assign.teammate, key: "assign.teammate" }];
  }
  if (!("ticket" in step)) return [];
  const { type, team, teammate } = step.ticket;
  return [
    { part: "ticketType", id: type, key: "ticket.type" },
    { part: "team", id: team, key: "ticket.team" },
    { part: "teammate", id: teammate, key: "ticket.teammate" },
  ];
}
