/** Where an Intercom workspace can be hosted. */

export const regions = ["us", "eu", "au"] as const;
export type Region = (typeof regions)[number];

/** The region that a text names; undefined when it names none. */
export function regionOf(text: string | undefined): Region | undefined {
  return regions.find((region) => region === text);
}
