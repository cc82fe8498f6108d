/** The changes of a draft, one line each. */
import {
  IconArrowBackUp,
  IconEraser,
  IconMinus,
  IconPencil,
  IconPlus,
  IconToggleLeft,
  IconToggleRight,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import pageClasses from "../../page/page.module.css";
import type { Change } from "./changes.ts";

const icons = {
  added: IconPlus,
  removed: IconMinus,
  changed: IconPencil,
  switchedOn: IconToggleRight,
  switchedOff: IconToggleLeft,
  retired: IconEraser,
  kept: IconArrowBackUp,
} as const;

const tones: Partial<Record<Change["kind"], "good" | "bad">> = {
  added: "good",
  switchedOn: "good",
  removed: "bad",
  retired: "bad",
};

/** The list. */
export function ChangeList({ changes }: { readonly changes: readonly Change[] }): ReactNode {
  const { t } = useTranslation();
  const text = (change: Change): string => {
    switch (change.what) {
      case "attribute":
        return t(`change.${change.holder}.${change.kind}`, { name: change.name });
      case "name":
        return t(`change.name.${change.kind}`, { name: change.name });
      case "event":
        return t(`change.event.${change.kind}`, { name: change.name });
      case "setting":
        return t(`change.setting.${change.setting}`);
    }
  };
  return (
    <ul className={pageClasses["changes"]} aria-label={t("change.title")}>
      {changes.map((change) => {
        const Icon = icons[change.kind];
        const words = text(change);
        return (
          <li key={`${change.kind} ${words}`}>
            <span className={pageClasses["sign"]} data-tone={tones[change.kind]} aria-hidden="true">
              <Icon size={16} />
            </span>
            {words}
          </li>
        );
      })}
    </ul>
  );
}
