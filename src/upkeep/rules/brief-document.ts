/** A rules document as people would write it: what reads back the same is left out. */
import { rule as ruleSchema, rulesDocument, type RulesDocument } from "../../../contract/rule.ts";
import { isRecord, sameJson } from "../../lib/json.ts";

/** Reads back as the same document. */
export function briefRules(document: RulesDocument): Readonly<Record<string, unknown>> {
  const { rules, texts, version, ...settings } = document;
  const brief = briefly({ version, ...settings }, (input) => {
    const parsed = rulesDocument.safeParse(input);
    return parsed.success ? parsed.data : undefined;
  });
  return {
    ...brief,
    ...(rules.length > 0 ? { rules: rules.map(briefRule) } : {}),
    ...(Object.keys(texts).length > 0 ? { texts } : {}),
  };
}

function briefRule(rule: RulesDocument["rules"][number]): unknown {
  return briefly(rule, (input) => {
    const parsed = ruleSchema.safeParse(input);
    return parsed.success ? parsed.data : undefined;
  });
}

/** Each part is left out for a trial; what is then not read back the same comes in again. */
function briefly(
  whole: Readonly<Record<string, unknown>>,
  read: (input: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  const copy = structuredClone(whole);
  const wanted = read(whole);
  const isEnough = (): boolean => sameJson(read(copy), wanted);
  const shorten = (part: unknown): void => {
    if (Array.isArray(part)) part.forEach(shorten);
    if (!isRecord(part)) return;
    for (const [key, value] of Object.entries(part)) {
      const before = { ...part };
      delete part[key];
      if (isEnough()) continue;
      // Put in as they stood, so that the order stays.
      for (const other of Object.keys(part)) delete part[other];
      Object.assign(part, before);
      shorten(value);
    }
  };
  shorten(copy);
  return copy;
}
