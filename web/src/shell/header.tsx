/** The header: home, pages, language, colours. */
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { LanguageSwitch } from "./language-switch.tsx";
import { Mark } from "./mark.tsx";
import { navigation } from "./navigation.ts";
import { SchemeSwitch } from "./scheme-switch.tsx";
import classes from "./shell.module.css";

/** The bar at the top of every page. */
export function Header(): ReactNode {
  const { t } = useTranslation();
  return (
    <header className={classes["header"]}>
      <div className={classes["bar"]}>
        <Link to="/" className={classes["home"]} aria-label={t("shell.home")}>
          <Mark />
          <span className={classes["name"]}>Dunlin</span>
        </Link>
        <nav aria-label={t("shell.navigation")} style={{ display: "contents" }}>
          <ul className={classes["nav"]}>
            {navigation.map(({ to, label, Icon }) => (
              <li key={to}>
                <Link to={to} className={classes["link"]} activeOptions={{ exact: to === "/" }}>
                  <Icon size={17} stroke={1.8} aria-hidden />
                  <span className={classes["label"]}>{t(label)}</span>
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <div className={classes["tools"]}>
          <LanguageSwitch />
          <SchemeSwitch />
        </div>
      </div>
    </header>
  );
}
