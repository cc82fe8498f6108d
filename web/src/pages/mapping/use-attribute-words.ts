/** An attribute's form, precision and behaviour in words. */
import { useTranslation } from "react-i18next";
import type { MappedAttribute, MappingField } from "../../../../contract/mapping.ts";
import { useFormat } from "../../format/use-format.ts";

type Badge = { readonly text: string; readonly tone: "urgent" | "shared" };

export type AttributeWords = {
  readonly form: (attribute: MappedAttribute) => string;
  readonly precision: (attribute: MappedAttribute) => string;
  readonly behaviour: (attribute: MappedAttribute) => readonly Badge[];
};

/** Functions that put it into words. */
export function useAttributeWords(fields: readonly MappingField[]): AttributeWords {
  const { t } = useTranslation();
  const format = useFormat();
  return {
    form: (attribute) => {
      const type = typeOf(attribute, fields);
      const words = t(`type.${type ?? "unknown"}`);
      return attribute.format === "plain" ? words : `${words}, ${t(`format.${attribute.format}`)}`;
    },
    precision: ({ precision }) => {
      if (precision === "exact") return t("precision.exactShort");
      if ("round" in precision) return t("precision.roundShort", { step: format.quantity(precision.round) });
      return t("precision.bandsShort", { count: precision.bands.length + 1 });
    },
    behaviour: ({ lane, ownership }) => [
      ...(lane === "urgent" ? [{ text: t("attribute.urgent"), tone: "urgent" } as const] : []),
      ...(ownership === "shared" ? [{ text: t("attribute.shared"), tone: "shared" } as const] : []),
    ],
  };
}

/** The type that the value will have; undefined where only the server knows. */
export function typeOf(attribute: MappedAttribute, fields: readonly MappingField[]): MappingField["type"] | undefined {
  const { precision, type, field } = attribute;
  if (precision !== "exact" && "bands" in precision) return "string";
  return type ?? fields.find((one) => one.field === field)?.type;
}
