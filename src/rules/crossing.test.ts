/** The table of `becomes`: every former truth against every present one. */
import { expect, it } from "vitest";
import { becomes } from "./crossing.ts";
import type { Truth } from "./run-values.ts";

it.each<[Truth | null, Truth, Truth, boolean]>([
  [null, "true", "true", false],
  [null, "false", "false", false],
  [null, "unknown", "unknown", false],
  ["false", "true", "true", true],
  ["false", "false", "false", false],
  ["false", "unknown", "false", false],
  ["unknown", "true", "true", true],
  ["unknown", "false", "false", false],
  ["unknown", "unknown", "unknown", false],
  ["true", "true", "true", false],
  ["true", "false", "false", false],
  ["true", "unknown", "true", false],
])("from %s to %s it is %s, and fires: %s", (...[before, now, truth, fires]) => {
  expect(becomes(before, now)).toEqual({ truth, fires });
});

it("does not fire twice when its value is not known in between", () => {
  const hidden = becomes("true", "unknown");

  expect(becomes(hidden.truth, "true").fires).toBe(false);
});
