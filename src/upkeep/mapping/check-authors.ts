/** Each attribute has one author: what a rule sets the mapping does not write. */
import type { DocumentProblem, MappingDocument } from "../../../contract/mapping.ts";
import type { Queryable } from "../../db/pool.ts";
import { findDocument } from "../../documents/store.ts";
import { compileSaved, RulesUnreadable } from "../../pipeline/rules-in-force.ts";
import { attributesSetBy } from "../rules/save-rules.ts";

/** Names of attributes, in lower case, with the rule that sets each. */
export type RuleAuthors = ReadonlyMap<string, string>;

/** What the rules in force set, drafts and paused ones included. Rules that cannot be read set nothing. */
export async function findRuleAuthors(db: Queryable): Promise<RuleAuthors> {
  const saved = await findDocument(db, "rules");
  if (!saved) return new Map();
  try {
    return new Map(attributesSetBy(compileSaved(saved)).map(({ rule, name }) => [name.toLowerCase(), rule]));
  } catch (error) {
    if (error instanceof RulesUnreadable) return new Map();
    throw error;
  }
}

/** The attributes of a mapping that are on and that a rule sets, at their path. Intercom does not tell names apart by case. */
export function checkAuthors(
  { attributes }: Pick<MappingDocument, "attributes">,
  authors: RuleAuthors,
): readonly DocumentProblem[] {
  return attributes.flatMap(({ name, on }, index): readonly DocumentProblem[] => {
    const rule = authors.get(name.toLowerCase());
    if (!on || rule === undefined) return [];
    const problem = `the rule “${rule}” sets “${name}”, and an attribute has one author: choose another name, or take it out of the rule first`;
    return [{ path: `attributes[${index}].name`, problem, severity: "error" }];
  });
}
