/** Tells screen readers when the state changes; the counts that change every second stay silent. */
import { VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";

/** A polite live region. Its text has no numbers, so that it only speaks when there is news. */
export function Announcer({ text }: { readonly text: string | null }): ReactNode {
  return <VisuallyHidden role="status">{text}</VisuallyHidden>;
}
