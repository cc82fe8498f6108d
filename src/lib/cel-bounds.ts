/**
 * What an expression may cost. CEL always comes to an end, but not soon: macros inside macros multiply, texts that are put
 * together again and again double, and a regular expression may take years on a text that a customer chose. Such expressions are
 * refused when they are read.
 */
import type { ASTNode } from "@marcbachmann/cel-js";
import { isRecord } from "./json.ts";

/** What goes through a list, or makes more of what it is given. */
const multipliers = new Set(["map", "filter", "all", "exists", "exists_one", "bind", "split", "join"]);
const multipliersMax = 3;

/** Why the expression could take too long; null when it cannot. */
export function costProblem(root: ASTNode): string | null {
  const names = callsIn(root);
  // It would run on JavaScript's engine, which goes back and tries again.
  if (names.includes("matches")) return "“matches” is not taken; use startsWith, endsWith, contains or in";
  const many = names.filter((name) => multipliers.has(name)).length;
  return many > multipliersMax
    ? `it uses ${[...multipliers].join(", ")} ${many} times; at most ${multipliersMax} of them are taken`
    : null;
}

/** The names of all that is called. A call is `[name, receiver, arguments]`, or `[name, arguments]` of a function. */
function callsIn(node: ASTNode): readonly string[] {
  const below = nodesIn(node.args).flatMap(callsIn);
  return node.op === "rcall" || node.op === "call" ? [node.args[0], ...below] : below;
}

/** Operands are nodes, lists of operands, names and values; only nodes have an operator. */
export function nodesIn(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return isNode(value) ? [value] : [];
}

/** Whether a value is a part of an expression. */
export function isNode(value: unknown): value is ASTNode {
  return isRecord(value) && "op" in value && "args" in value;
}
