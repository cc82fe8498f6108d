/** Where in an expression the server's check stumbled. */

export type CelPlace = {
  /** Up to the place, the character at it (empty at the end), and what follows. */
  readonly before: string;
  readonly at: string;
  readonly after: string;
};

/** The check counts characters from 1 and says so at the end of its sentence. */
const position = /\(character (\d+)\)\.?$/;

/** The place that the sentence names within the expression; null when it names none. */
export function celPlaceOf(expression: string, problem: string): CelPlace | null {
  const [, digits] = position.exec(problem.trim()) ?? [];
  if (digits === undefined) return null;
  const index = Math.min(Number(digits) - 1, expression.length);
  return {
    before: expression.slice(0, index),
    at: expression.slice(index, index + 1),
    after: expression.slice(index + 1),
  };
}
