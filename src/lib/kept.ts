/** Keeps an answer for a while, so that asking often costs as much as asking seldom. */

/** Wraps a read: answers younger than `ms` are given again; a failure is not kept. */
export function kept<T>(ms: number, nowMs: () => number, read: () => Promise<T>): () => Promise<T> {
  let last: { readonly untilMs: number; readonly answer: Promise<T> } | undefined;
  return () => {
    if (last && last.untilMs >= nowMs()) return last.answer;
    const answer = read();
    const mine = { untilMs: nowMs() + ms, answer };
    last = mine;
    answer.catch(() => {
      if (last === mine) last = undefined;
    });
    return answer;
  };
}
