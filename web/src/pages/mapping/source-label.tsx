/** Where an attribute's value comes from, in short. */
import { IconCode, IconTag, IconUserDollar } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappedAttribute } from "../../../../contract/mapping.ts";
import { sourceKindOf } from "./mapping-draft.ts";
import classes from "./mapping.module.css";

const icons = { field: IconUserDollar, metadata: IconTag, cel: IconCode } as const;

/** The kind as an icon with its name, then the field, key or expression itself. */
export function SourceLabel({ attribute }: { readonly attribute: MappedAttribute }): ReactNode {
  const { t } = useTranslation();
  const kind = sourceKindOf(attribute);
  const Icon = icons[kind];
  const value = attribute.field ?? attribute.metadata ?? attribute.cel ?? "";
  return (
    <span className={classes["source"]} title={value}>
      <Icon size={15} stroke={1.7} role="img" aria-label={t(`source.${kind}`)} />
      <code>{value}</code>
    </span>
  );
}
