/** A quiet strip with an icon: something to know, or in red something to do. */
import type { ReactNode } from "react";
import classes from "./notice.module.css";

type Props = {
  readonly tone: "tide" | "sand" | "brick";
  readonly icon: ReactNode;
  readonly title?: string;
  readonly children: ReactNode;
};

/** The strip. */
export function Notice({ tone, icon, title, children }: Props): ReactNode {
  return (
    <div className={classes["notice"]} data-tone={tone}>
      <span className={classes["icon"]} aria-hidden="true">
        {icon}
      </span>
      <div>
        {title && <h2 className={classes["title"]}>{title}</h2>}
        <div className={classes["text"]}>{children}</div>
      </div>
    </div>
  );
}
