/** How long ago something was, with the exact moment behind it. */
import type { ReactNode } from "react";
import { useFormat } from "../../format/use-format.ts";
import classes from "./feeds.module.css";

/** Counted by the server's clock, so that a wrong clock here does no harm. */
export function Ago({ at, now }: { readonly at: string; readonly now: string }): ReactNode {
  const format = useFormat();
  return (
    <time className={classes["ago"]} dateTime={at} title={format.moment(new Date(at))}>
      {format.ago(at, now)}
    </time>
  );
}
