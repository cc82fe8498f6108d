/** A part of a page under a heading of its own. */
import { useId, type ReactNode } from "react";
import classes from "./page.module.css";

type Props = {
  readonly title: string;
  readonly lead?: ReactNode;
  /** Beside the heading, such as a switch for the whole part. */
  readonly tools?: ReactNode;
  readonly children?: ReactNode;
};

/** The part. */
export function Section({ title, lead, tools, children }: Props): ReactNode {
  const id = useId();
  return (
    <section className={classes["section"]} aria-labelledby={id}>
      <div className={classes["sectionHead"]}>
        <div>
          <h2 className={classes["sectionTitle"]} id={id}>
            {title}
          </h2>
          {lead && <p className={classes["sectionLead"]}>{lead}</p>}
        </div>
        {tools}
      </div>
      {children}
    </section>
  );
}
