/** Problems of a document, each at its place. */

/** What is wrong at a place such as `attributes[3].cel`; the shape of the server's own. */
export type Problem = { readonly path: string; readonly problem: string; readonly severity: "error" | "warning" };

/** Those at exactly this place. */
export function problemsAt(problems: readonly Problem[], path: string): readonly Problem[] {
  return problems.filter((problem) => problem.path === path);
}

/** Those at this place and everywhere below it. */
export function problemsWithin(problems: readonly Problem[], path: string): readonly Problem[] {
  return problems.filter((problem) => isWithin(problem.path, path));
}

/** What a form shows beside its inputs: hints, and the errors at a place that stand at none of these keys, which have an input. */
export function problemsBeside(
  problems: readonly Problem[],
  path: string,
  keys: readonly string[],
): readonly Problem[] {
  return problemsWithin(problems, path).filter(
    (problem) => problem.severity === "warning" || !keys.some((key) => isWithin(problem.path, `${path}.${key}`)),
  );
}

/** The errors at the place of an input and below it. */
export function errorsAt(problems: readonly Problem[], path: string): readonly string[] {
  return problemsWithin(problems, path)
    .filter(({ severity }) => severity === "error")
    .map(({ problem }) => problem);
}

/** Whether a problem is that nothing stands there, as the schemas put it. */
export function isMissing(problem: string): boolean {
  return /^Too small: expected (?:string|array)/.test(problem);
}

export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity }) => severity === "error");
}

/** The server's problems are clauses; here each stands alone. */
export function sentence(problem: string): string {
  const text = problem.trim();
  const begun = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}

/** The path of an issue of zod's, spelled as the server does: `["plans", 0, "id"]` → `plans[0].id`. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((before, step) => {
    if (typeof step === "number") return `${before}[${step}]`;
    return before === "" ? String(step) : `${before}.${String(step)}`;
  }, "");
}

function isWithin(path: string, place: string): boolean {
  if (!path.startsWith(place)) return false;
  const next = path.charAt(place.length);
  return next === "" || next === "." || next === "[";
}
