/** The attributes of contacts, with search and filters, and the names on their way out. */
import { Button, Pill } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { problemsAt, sentence } from "../../draft/problems.ts";
import { Empty } from "../../page/empty.tsx";
import pageClasses from "../../page/page.module.css";
import { filterAttributes, noFilter } from "./attribute-filter.ts";
import { AttributeTable } from "./attribute-table.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { changedNames, keepName, switchAttribute } from "./mapping-draft.ts";
import type { PartProps } from "./part-props.ts";
import classes from "./mapping.module.css";

/** The part. */
export function AttributesTab(props: PartProps): ReactNode {
  const { board, draft, problems, onEdit, onDraft } = props;
  const { t } = useTranslation();
  const [filter, setFilter] = useState(noFilter);
  const changed = changedNames(board.document, draft, "people");
  const shown = filterAttributes(draft.attributes, filter, changed);
  const wide = problemsAt(problems, "attributes");
  return (
    <div className={pageClasses["stack"]}>
      <div className={classes["tools"]}>
        <FilterBar filter={filter} onFilter={setFilter} shown={shown.length} all={draft.attributes.length} />
        <Button
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => onEdit({ holder: "people", index: null })}
        >
          {t("attribute.add")}
        </Button>
      </div>
      {wide.map(({ problem, severity }) => (
        <p key={problem} lang="en" className={pageClasses[severity]}>
          {sentence(problem)}
        </p>
      ))}
      {shown.length === 0 ? (
        <NoneShown isEmpty={draft.attributes.length === 0} onReset={() => setFilter(noFilter)} />
      ) : (
        <AttributeTable
          label={t("mapping.tab.attributes")}
          holder="people"
          fields={board.fields}
          shown={shown}
          changed={changed}
          problems={problems}
          onEdit={(index) => onEdit({ holder: "people", index })}
          onSwitch={(index, on) => onDraft(switchAttribute(draft, { holder: "people", index }, on))}
        />
      )}
      <Retired {...props} />
    </div>
  );
}

function NoneShown({ isEmpty, onReset }: { readonly isEmpty: boolean; readonly onReset: () => void }): ReactNode {
  const { t } = useTranslation();
  if (isEmpty) {
    return (
      <Empty title={t("attribute.emptyTitle")}>
        <p>{t("attribute.emptyText")}</p>
      </Empty>
    );
  }
  return (
    <Empty title={t("attribute.noneFound")}>
      <Button variant="default" onClick={onReset}>
        {t("filter.reset")}
      </Button>
    </Empty>
  );
}

function Retired({ draft, onDraft }: PartProps): ReactNode {
  const { t } = useTranslation();
  if (draft.retired.length === 0) return null;
  return (
    <div className={classes["retired"]}>
      <h2 className={pageClasses["sectionTitle"]}>{t("retired.title")}</h2>
      <p className={pageClasses["sectionLead"]}>{t("retired.text")}</p>
      <div className={classes["pills"]}>
        {draft.retired.map((name) => (
          <Pill
            key={name}
            size="md"
            withRemoveButton
            removeButtonProps={{ "aria-label": t("retired.keep", { name }), tabIndex: 0, "aria-hidden": false }}
            onRemove={() => onDraft(keepName(draft, name))}
          >
            {name}
          </Pill>
        ))}
      </div>
    </div>
  );
}
