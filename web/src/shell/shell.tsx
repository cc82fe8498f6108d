/** The frame around every page: skip link, header, main. */
import { Outlet } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Header } from "./header.tsx";
import classes from "./shell.module.css";

/** The root of all pages. */
export function Shell(): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <a className={classes["skip"]} href="#main">
        {t("shell.skip")}
      </a>
      <Header />
      <main id="main" tabIndex={-1} className={classes["main"]}>
        <Outlet />
      </main>
    </>
  );
}
