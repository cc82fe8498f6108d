/** Checks a mapping document by itself and against the workspace. */
import type { DocumentProblem } from "../../../contract/mapping.ts";
import type { IntercomClient } from "../../intercom/client.ts";
import { listAttributes, type AttributeModel } from "../../intercom/data-attributes.ts";
import { checkAgainstWorkspace, checkDocument, type CheckedDocument } from "../../mapping/check-document.ts";
import type { ExistingAttribute } from "../../mapping/choose-preset.ts";

/** What is wrong with a document. Without a client the workspace is left out. */
export async function checkMapping(input: unknown, intercom?: IntercomClient): Promise<CheckedDocument> {
  const checked = checkDocument(input);
  if (!checked.document || !intercom) return checked;
  const [people, companies] = await Promise.all([listCustom(intercom, "contact"), listCustom(intercom, "company")]);
  const found: readonly DocumentProblem[] = checkAgainstWorkspace(checked.document, { people, companies });
  const isBroken = found.some(({ severity }) => severity === "error");
  return { document: isBroken ? undefined : checked.document, problems: [...checked.problems, ...found] };
}

async function listCustom(intercom: IntercomClient, model: AttributeModel): Promise<readonly ExistingAttribute[]> {
  const attributes = await listAttributes(intercom, { model, includeArchived: false }, { lane: "urgent" });
  return attributes.filter(({ custom }) => custom).map(({ name, dataType }) => ({ name, type: dataType }));
}
