/** Narrows a long list of attributes down. */
import { SegmentedControl, Select, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { AttributeFilter } from "./attribute-filter.ts";
import classes from "./mapping.module.css";

type Props = {
  readonly filter: AttributeFilter;
  readonly onFilter: (filter: AttributeFilter) => void;
  readonly shown: number;
  readonly all: number;
};

const shownKinds = ["all", "on", "off", "changed"] as const;
const sources = ["all", "field", "metadata", "cel"] as const;

/** Search, on or off, source; and how many are left. */
export function FilterBar({ filter, onFilter, shown, all }: Props): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={classes["filter"]} role="search" aria-label={t("filter.title")}>
      <TextInput
        className={classes["search"] ?? ""}
        aria-label={t("filter.search")}
        placeholder={t("filter.search")}
        leftSection={<IconSearch size={16} aria-hidden />}
        type="search"
        value={filter.text}
        onChange={(event) => onFilter({ ...filter, text: event.currentTarget.value })}
      />
      <SegmentedControl
        aria-label={t("filter.shown")}
        data={shownKinds.map((value) => ({ value, label: t(`filter.${value}`) }))}
        value={filter.shown}
        onChange={(value) => onFilter({ ...filter, shown: value })}
      />
      <Select
        className={classes["sourceFilter"] ?? ""}
        aria-label={t("filter.source")}
        data={sources.map((value) => ({ value, label: t(`filter.from.${value}`) }))}
        value={filter.source}
        allowDeselect={false}
        onChange={(value) => onFilter({ ...filter, source: value ?? "all" })}
      />
      <span className={classes["count"]} role="status">
        {shown < all && t("filter.count", { shown, all })}
      </span>
    </div>
  );
}
