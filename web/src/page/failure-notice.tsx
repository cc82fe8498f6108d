/** That a call failed, where its answer would stand. */
import { IconAlertTriangle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useFailureText } from "./failure-text.ts";
import { Notice } from "./notice.tsx";

/** The strip, which screen readers tell at once. */
export function FailureNotice({ error }: { readonly error: Error }): ReactNode {
  const failureText = useFailureText();
  return (
    <div role="alert">
      <Notice tone="brick" icon={<IconAlertTriangle size={18} />}>
        <p>{failureText(error)}</p>
      </Notice>
    </div>
  );
}
