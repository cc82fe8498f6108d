/** Dunlin's mark: a small wader with its long bent bill, standing in shallow water. */
import type { ReactNode } from "react";

type Props = {
  readonly size?: number;
  /** False where something else is the water, as in the chart. */
  readonly water?: boolean;
};

/** The bird, drawn in the current text colour; decoration, so hidden from screen readers. */
export function Mark({ size = 32, water = true }: Props): ReactNode {
  return (
    <svg viewBox="0 0 48 48" width={size} height={size} fill="none" aria-hidden="true" focusable="false">
      <path
        fill="currentColor"
        d="M3.5 24.6C9.5 22.4 13.5 16.7 20.5 14.6c3.8-1.1 7-1 9.8-2.3.9-2.8 3.3-4.5 6-4.3 3 .3 4.9 2.6 4.6 5.3-.3 2.5-2.3 3.7-3.3 6.2C35.8 26.6 29.3 31.2 21.8 30.8 14.3 30.4 8 28.1 3.5 24.6z"
      />
      <path fill="currentColor" d="M40.3 10.9c3.7 1.3 6.3 4.5 7.5 9.7-2.3-3.5-4.6-5.5-7.8-6.7z" />
      <path stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" d="M20.5 30.5 19 40.2M26.3 30.2 27 40.2" />
      {water && (
        <path
          stroke="var(--sand-fill)"
          strokeWidth="2"
          strokeLinecap="round"
          d="M9.5 41c3.4-1.5 5.9-1.5 9.2 0s5.8 1.5 9.1 0 5.8-1.5 9.2 0"
        />
      )}
      <circle cx="36.6" cy="12" r="1.1" fill="var(--surface)" />
    </svg>
  );
}
