/** Asks before a draft is lost by leaving the page. */
import { Button, Modal } from "@mantine/core";
import { useBlocker } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./page.module.css";

/** Stands in the way while there is a draft; the browser asks by itself when the tab is closed. */
export function LeaveGuard({ dirty }: { readonly dirty: boolean }): ReactNode {
  const { t } = useTranslation();
  const blocker = useBlocker({ shouldBlockFn: () => dirty, enableBeforeUnload: () => dirty, withResolver: true });
  if (blocker.status !== "blocked") return null;
  return (
    <Modal opened onClose={blocker.reset} title={t("leave.title")} closeButtonProps={{ "aria-label": t("form.close") }}>
      <div className={classes["stack"]}>
        <p className={classes["sectionLead"]}>{t("leave.text")}</p>
        <div className={classes["buttons"]}>
          <Button variant="default" onClick={blocker.proceed}>
            {t("leave.leave")}
          </Button>
          <Button onClick={blocker.reset} data-autofocus>
            {t("leave.stay")}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
