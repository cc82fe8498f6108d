/** Attributes as a table: what each is called, where it comes from, and how it is written. */
import { Switch, VisuallyHidden } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappingField } from "../../../../contract/mapping.ts";
import { problemsWithin, sentence, type Problem } from "../../draft/problems.ts";
import pageClasses from "../../page/page.module.css";
import type { PlacedAttribute } from "./attribute-filter.ts";
import { SourceLabel } from "./source-label.tsx";
import type { Holder } from "./mapping-draft.ts";
import classes from "./mapping.module.css";
import { useAttributeWords } from "./use-attribute-words.ts";

type Props = {
  readonly label: string;
  readonly holder: Holder;
  readonly fields: readonly MappingField[];
  readonly shown: readonly PlacedAttribute[];
  readonly changed: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  readonly onEdit: (index: number) => void;
  readonly onSwitch: (index: number, on: boolean) => void;
};

const columns = ["source", "type", "precision", "behaviour"] as const;

/** The table; on a narrow screen what is beside the name moves below it. */
export function AttributeTable({ label, shown, ...rest }: Props): ReactNode {
  const { t } = useTranslation();
  return (
    <table className={classes["table"]} aria-label={label}>
      <thead>
        <tr>
          <th scope="col">{t("attribute.on")}</th>
          <th scope="col">{t("attribute.nameAndPurpose")}</th>
          {columns.map((column) => (
            <th key={column} scope="col" className={classes["wide"]} data-column={column}>
              {t(`attribute.${column}`)}
            </th>
          ))}
          <th scope="col">
            <VisuallyHidden>{t("attribute.edit")}</VisuallyHidden>
          </th>
        </tr>
      </thead>
      <tbody>
        {shown.map((placed) => (
          <Row key={placed.index} placed={placed} {...rest} />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = Omit<Props, "label" | "shown"> & { readonly placed: PlacedAttribute };

function Row({ placed, holder, fields, changed, problems, onEdit, onSwitch }: RowProps): ReactNode {
  const { t } = useTranslation();
  const words = useAttributeWords(fields);
  const { attribute, index } = placed;
  const name = attribute.name || t("attribute.unnamed");
  const path = holder === "people" ? `attributes[${index}]` : `companies.attributes[${index}]`;
  return (
    <tr className={classes["row"]} data-off={!attribute.on || undefined}>
      <td>
        <Switch
          checked={attribute.on}
          aria-label={t("attribute.switch", { name })}
          onChange={(event) => onSwitch(index, event.currentTarget.checked)}
        />
      </td>
      <td className={classes["main"]}>
        <button type="button" className={classes["name"]} onClick={() => onEdit(index)}>
          {name}
        </button>
        {changed.has(attribute.name) && <span className={classes["badge"]}>{t("attribute.changed")}</span>}
        <p className={classes["purpose"]}>{attribute.purpose}</p>
        <div className={classes["narrow"]}>
          <SourceLabel attribute={attribute} />
        </div>
        {problemsWithin(problems, path).map(({ problem, severity }) => (
          <p key={problem} lang="en" className={pageClasses[severity]}>
            {sentence(problem)}
          </p>
        ))}
      </td>
      <td className={classes["wide"]}>
        <SourceLabel attribute={attribute} />
      </td>
      <td className={classes["wide"]}>{words.form(attribute)}</td>
      <td className={classes["wide"]}>{words.precision(attribute)}</td>
      <td className={classes["wide"]}>
        {words.behaviour(attribute).map(({ text, tone }) => (
          <span key={text} className={classes["badge"]} data-tone={tone}>
            {text}
          </span>
        ))}
      </td>
      <td className={classes["go"]}>
        <button type="button" aria-label={t("attribute.editOne", { name })} onClick={() => onEdit(index)}>
          <IconChevronRight size={18} aria-hidden />
        </button>
      </td>
    </tr>
  );
}
