/** A list whose new rows come in gently at the top. */
import { useId, useState, type ReactNode } from "react";
import classes from "./feeds.module.css";

type Props<Row> = {
  readonly title: string;
  readonly empty: string;
  readonly rows: readonly Row[];
  readonly row: (row: Row) => ReactNode;
};

/** The list, newest first. Rows that were there from the start do not move in. */
export function Feed<Row extends { readonly id: string }>({ title, empty, rows, row }: Props<Row>): ReactNode {
  const titleId = useId();
  const [first] = useState(() => new Set(rows.map(({ id }) => id)));
  return (
    <div className={classes["feed"]}>
      <h3 id={titleId} className={classes["subtitle"]}>
        {title}
      </h3>
      {rows.length === 0 ? (
        <p className={classes["empty"]}>{empty}</p>
      ) : (
        <ol className={classes["rows"]} aria-labelledby={titleId}>
          {rows.map((item) => (
            <li key={item.id} className={classes["slot"]} data-new={!first.has(item.id) || undefined}>
              <div className={classes["clip"]}>{row(item)}</div>
            </li>
          ))}
        </ol>
      )}
    </div>
  );
}
