/** Checks a mapping document by itself, against the rules in force and against the workspace. */
import type { DocumentProblem, MappingDocument } from "../../../contract/mapping.ts";
import type { Pool } from "../../db/pool.ts";
import type { IntercomClient } from "../../intercom/client.ts";
import { listAttributes, type AttributeModel } from "../../intercom/data-attributes.ts";
import { checkAgainstWorkspace, checkDocument, type CheckedDocument } from "../../mapping/check-document.ts";
import type { ExistingAttribute } from "../../mapping/choose-preset.ts";
import { checkAuthors, findRuleAuthors } from "./check-authors.ts";

/** What a document is checked against; what is left out is not looked at. */
export type MappingGround = {
  /** Holds the rules in force. */
  readonly pool?: Pool | undefined;
  /** Of the workspace. */
  readonly intercom?: IntercomClient | undefined;
};

/** What is wrong with a document. */
export async function checkMapping(input: unknown, { pool, intercom }: MappingGround = {}): Promise<CheckedDocument> {
  const checked = checkDocument(input);
  if (!checked.document) return checked;
  const found: readonly DocumentProblem[] = [
    ...(pool ? checkAuthors(checked.document, await findRuleAuthors(pool)) : []),
    ...(intercom ? await checkWorkspace(checked.document, intercom) : []),
  ];
  const isBroken = found.some(({ severity }) => severity === "error");
  return { document: isBroken ? undefined : checked.document, problems: [...checked.problems, ...found] };
}

async function checkWorkspace(
  document: MappingDocument,
  intercom: IntercomClient,
): Promise<readonly DocumentProblem[]> {
  const [people, companies] = await Promise.all([listCustom(intercom, "contact"), listCustom(intercom, "company")]);
  return checkAgainstWorkspace(document, { people, companies });
}

async function listCustom(intercom: IntercomClient, model: AttributeModel): Promise<readonly ExistingAttribute[]> {
  const attributes = await listAttributes(intercom, { model, includeArchived: false }, { lane: "urgent" });
  return attributes.filter(({ custom }) => custom).map(({ name, dataType }) => ({ name, type: dataType }));
}
