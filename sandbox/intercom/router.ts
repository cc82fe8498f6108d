/** Finds the route for a method and a path; a fixed path part wins over a named one. */
import type { Route } from "./route.ts";

export type Found = { readonly route: Route; readonly params: Readonly<Record<string, string>> };

export type Router = (method: string, path: string) => Found | undefined;

type Branch = { readonly fixed: Map<string, Branch>; named: Branch | undefined; route: Route | undefined };

/** Builds one tree per method, so that looking up costs one step per path part. */
export function createRouter(routes: readonly Route[]): Router {
  const roots = new Map<string, Branch>();
  for (const route of routes) plant(rootOf(roots, route.method), route);
  return (method, path) => {
    const root = roots.get(method);
    const parts = decode(path);
    if (root === undefined || parts === undefined) return undefined;
    const route = walk(root, parts, 0);
    return route === undefined ? undefined : { route, params: paramsOf(route.path, parts) };
  };
}

function rootOf(roots: Map<string, Branch>, method: string): Branch {
  const root = roots.get(method) ?? newBranch();
  roots.set(method, root);
  return root;
}

function newBranch(): Branch {
  return { fixed: new Map(), named: undefined, route: undefined };
}

function plant(root: Branch, route: Route): void {
  let branch = root;
  for (const part of split(route.path)) {
    if (part.startsWith(":")) branch = branch.named ??= newBranch();
    else {
      const next = branch.fixed.get(part) ?? newBranch();
      branch.fixed.set(part, next);
      branch = next;
    }
  }
  if (branch.route !== undefined) throw new Error(`Two routes answer ${route.method} ${route.path}.`);
  branch.route = route;
}

function walk(branch: Branch, parts: readonly string[], at: number): Route | undefined {
  const part = parts[at];
  if (part === undefined) return branch.route;
  const fixed = branch.fixed.get(part);
  const found = fixed === undefined ? undefined : walk(fixed, parts, at + 1);
  if (found !== undefined) return found;
  return branch.named === undefined ? undefined : walk(branch.named, parts, at + 1);
}

function split(path: string): readonly string[] {
  return path.split("/").filter((part) => part !== "");
}

function decode(path: string): readonly string[] | undefined {
  try {
    return split(path).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function paramsOf(pattern: string, parts: readonly string[]): Readonly<Record<string, string>> {
  const params: Record<string, string> = {};
  split(pattern).forEach((name, index) => {
    if (name.startsWith(":")) params[name.slice(1)] = parts[index] ?? "";
  });
  return params;
}
