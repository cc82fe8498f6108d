/** What a mapping would show on one contact, beside what it shows now. Reads only what is stored. */
import type { MappingPreview } from "../../../contract/mapping.ts";
import { evaluateMapping, type Mapping } from "../../mapping/mapping.ts";
import { standardFields } from "../../model/attribute.ts";
import { findSubject, type Question, type SubjectGround } from "../../pipeline/explain-subject.ts";

/** Previews a mapping for a customer. Throws CustomerUnknown or CustomerAmbiguous. */
export async function previewMapping(
  ground: Omit<SubjectGround, "mapping">,
  mapping: Mapping,
  question: Question,
): Promise<MappingPreview> {
  const { asked, holder, present } = await findSubject({ ...ground, mapping }, question);
  const known = holder?.known ?? null;
  const desired = present && evaluateMapping(mapping, present.profile);
  const lines = mapping.lines.map(({ name, type, purpose, whenEmpty }) => {
    const field = standardFields.find((one) => one === name);
    const wanted = desired && (field ? desired.standard[field] : (desired.custom[name] ?? null));
    return {
      name,
      type,
      purpose,
      shown: known && (field ? known.standard[field].shown : (known.custom[name] ?? null)),
      desired: wanted,
      whyEmpty: wanted === null ? whyEmpty(present && whenEmpty(present.profile)) : null,
    };
  });
  return {
    customer: { ...asked, label: present ? (present.profile.name ?? present.profile.email) : null },
    contactId: holder?.contactId ?? null,
    lines,
  };
}

function whyEmpty(reason: string | null): string {
  return reason ?? "Stripe does not say.";
}
