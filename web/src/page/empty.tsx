/** What stands where a list is empty: why, and what to do first. */
import type { ReactNode } from "react";
import { Mark } from "../shell/mark.tsx";
import classes from "./page.module.css";

type Props = { readonly title: string; readonly children: ReactNode };

/** The bird, a heading and what follows. */
export function Empty({ title, children }: Props): ReactNode {
  return (
    <div className={classes["empty"]}>
      <span className={classes["bird"]}>
        <Mark size={52} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}
