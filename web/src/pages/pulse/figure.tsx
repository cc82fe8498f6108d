/** One key figure: what it is, the number, and one line that gives it meaning. */
import type { ReactNode } from "react";
import classes from "./figures.module.css";

type Props = { readonly label: string; readonly value: string; readonly children?: ReactNode };

/** A term and its value within the list of figures. */
export function Figure({ label, value, children }: Props): ReactNode {
  return (
    <div className={classes["figure"]}>
      <dt className={classes["label"]}>{label}</dt>
      <dd className={classes["value"]}>{value}</dd>
      {children && <dd className={classes["note"]}>{children}</dd>}
    </div>
  );
}
