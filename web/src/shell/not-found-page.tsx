/** What stands at an address that is no page. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Mark } from "./mark.tsx";
import classes from "./shell.module.css";

/** Says so, and leads back. */
export function NotFoundPage(): ReactNode {
  const { t } = useTranslation();
  return (
    <div className={classes["solo"]}>
      <div className={classes["bird"]}>
        <Mark size={56} />
      </div>
      <h1>{t("problem.notFoundTitle")}</h1>
      <p>{t("problem.notFoundText")}</p>
      <Link to="/">{t("problem.toPulse")}</Link>
    </div>
  );
}
