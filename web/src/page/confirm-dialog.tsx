/** Asks before something is thrown away. */
import { Button, Modal } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./page.module.css";

type Props = {
  readonly title: string;
  readonly confirm: string;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  readonly children: ReactNode;
};

/** The question, with the way back first. */
export function ConfirmDialog({ title, confirm, onConfirm, onClose, children }: Props): ReactNode {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ "aria-label": t("form.close") }}>
      <div className={classes["stack"]}>
        {children}
        <div className={classes["buttons"]}>
          <Button variant="default" onClick={onClose} data-autofocus>
            {t("form.cancel")}
          </Button>
          <Button color="brick" onClick={onConfirm}>
            {confirm}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
