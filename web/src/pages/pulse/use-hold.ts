/** Keeps what a person is reading from moving away under their eyes. */
import { useState } from "react";

/** The value, or while `held` the one from when the hold began. */
export function useHold<T>(value: T, held: boolean): T {
  const [kept, setKept] = useState(value);
  if (!held && kept !== value) setKept(value);
  return held ? kept : value;
}
