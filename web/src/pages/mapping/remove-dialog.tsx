/** Asks what becomes of an attribute's values before it is removed. */
import { Radio } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { MappedAttribute } from "../../../../contract/mapping.ts";
import { ConfirmDialog } from "../../page/confirm-dialog.tsx";
import classes from "./mapping.module.css";

type Props = {
  readonly attribute: MappedAttribute;
  readonly onRemove: (retire: boolean) => void;
  readonly onClose: () => void;
};

const choices = ["leave", "take"] as const;

/** The choice between leaving the values and taking them out. */
export function RemoveDialog({ attribute, onRemove, onClose }: Props): ReactNode {
  const { t } = useTranslation();
  const [choice, setChoice] = useState<(typeof choices)[number]>("leave");
  return (
    <ConfirmDialog
      title={t("remove.title", { name: attribute.name })}
      confirm={t("remove.confirm")}
      onConfirm={() => onRemove(choice === "take")}
      onClose={onClose}
    >
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
    </ConfirmDialog>
  );
}
