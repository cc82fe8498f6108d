/** Finds what somebody meant who has mistyped a name. */

/** Names longer than this are not compared; nobody types them by hand. */
const lengthMax = 80;

/** The hint to put behind a message, such as `; did you mean “plan”?`; nothing when no name comes near. */
export function didYouMean(wanted: string, names: Iterable<string>): string {
  const near = nearest(wanted, names);
  return near === undefined ? "" : `; did you mean “${near}”?`;
}

/** So many names are told where none comes near. */
const toldMax = 14;

/** The same, and where no name comes near, those that there are, if they are few. */
export function whatThereIs(wanted: string, names: readonly string[]): string {
  const few = names.length > 0 && names.length <= toldMax ? `; there are ${names.join(", ")}` : "";
  return didYouMean(wanted, names) || (names.length === 1 ? `; there is only ${names[0] ?? ""}` : few);
}

/** The most similar of the names: at most a third of its letters are wrong, missing, too many or exchanged. */
export function nearest(wanted: string, names: Iterable<string>): string | undefined {
  const text = plain(wanted);
  if (text.length === 0 || text.length > lengthMax) return undefined;
  let best: { readonly name: string; readonly distance: number } | undefined;
  for (const name of names) {
    const known = plain(name);
    const limit = Math.max(1, Math.floor(Math.max(text.length, known.length) / 3));
    if (Math.abs(text.length - known.length) > limit) continue;
    const distance = distanceOf(text, known);
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { name, distance };
  }
  return best?.name;
}

/** Capitals, blanks, hyphens and underscores make no other name. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[\s_-]/g, "");
}

/** How many letters have to be changed, added, left out, or exchanged with their neighbour (Damerau's distance of neighbours). */
function distanceOf(a: string, b: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const isSame = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (isSame ? 0 : 1));
      const isExchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isExchanged) cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? lengthMax;
}
