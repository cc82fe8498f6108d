/** Asks what becomes of an attribute's values before it is removed. */
import { Radio } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappedAttribute } from "../../../../contract/mapping.ts";
import { ConfirmDialog } from "../../page/confirm-dialog.tsx";
import pageClasses from "../../page/page.module.css";
import type { Holder } from "./mapping-draft.ts";
import classes from "./mapping.module.css";

type Props = {
  readonly attribute: MappedAttribute;
  readonly holder: Holder;
  readonly onRemove: (retire: boolean) => void;
  readonly onClose: () => void;
};

const choices = ["leave", "take"] as const;

/** The choice; values of companies stay where they are. */
export function RemoveDialog({ attribute, holder, onRemove, onClose }: Props): ReactNode {
  const { t } = useTranslation();
  const [choice, setChoice] = useState<(typeof choices)[number]>("leave");
  return (
    <ConfirmDialog
      title={t("remove.title", { name: attribute.name })}
      confirm={t("remove.confirm")}
      onConfirm={() => onRemove(choice === "take")}
      onClose={onClose}
    >
      {holder === "people" ? (
        <Radio.Group
          label={t("remove.question")}
          value={choice}
          onChange={(value) => setChoice(value === "take" ? "take" : "leave")}
        >
          <div className={classes["radios"]}>
            {choices.map((value) => (
              <Radio key={value} value={value} label={t(`remove.${value}`)} description={t(`remove.${value}Help`)} />
            ))}
          </div>
        </Radio.Group>
      ) : (
        <p className={pageClasses["sectionLead"]}>{t("remove.company")}</p>
      )}
    </ConfirmDialog>
  );
}
