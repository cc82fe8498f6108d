/** The foot of a drawer with an editor: what is wrong beside its inputs, and what to do. */
import { Button } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { sentence, type Problem } from "../draft/problems.ts";
import classes from "./page.module.css";

type Props = {
  readonly isNew: boolean;
  readonly isBusy?: boolean;
  readonly problems: readonly Problem[];
  readonly onRemove: () => void;
  readonly onClose: () => void;
};

/** The foot; its last button submits the form around it. */
export function EditorFoot({ isNew, isBusy = false, problems, onRemove, onClose }: Props): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={classes["foot"]}>
      {problems.map(({ path, problem, severity }) => (
        <p key={`${path} ${problem}`} lang="en" role="alert" className={classes[severity]}>
          {sentence(problem)}
        </p>
      ))}
      <div className={classes["buttons"]}>
        {!isNew && (
          <Button className={classes["push"] ?? ""} variant="subtle" color="brick" onClick={onRemove}>
            {t("form.remove")}
          </Button>
        )}
        <Button variant="default" onClick={onClose}>
          {t("form.cancel")}
        </Button>
        <Button type="submit" loading={isBusy}>
          {t(isNew ? "form.add" : "form.apply")}
        </Button>
      </div>
    </div>
  );
}
