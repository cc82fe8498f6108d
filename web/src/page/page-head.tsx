/** The head of a page: its name and one sentence about it. */
import type { ReactNode } from "react";
import classes from "./page.module.css";

type Props = { readonly title: string; readonly lead: ReactNode; readonly children?: ReactNode };

/** The head; what may be done with the page as a whole stands beside it. */
export function PageHead({ title, lead, children }: Props): ReactNode {
  return (
    <div className={classes["head"]}>
      <div>
        <h1 className={classes["title"]}>{title}</h1>
        <p className={classes["lead"]}>{lead}</p>
      </div>
      {children}
    </div>
  );
}
