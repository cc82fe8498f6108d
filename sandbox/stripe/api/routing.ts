/** Routes: one per method and path, each with its parameters, its permission and what it does. */
import type { z } from "zod";
import type { World } from "../world.ts";
import { readParams } from "./params.ts";
import type { Form } from "./form.ts";

type Method = "GET" | "POST" | "DELETE";

/** What a route's code gets: the world, the checked parameters and the ids in the path. */
export type Call<P> = {
  readonly world: World;
  readonly params: P;
  readonly ids: readonly string[];
  readonly url: string;
};

export type Route = {
  readonly method: Method;
  /** With `:id` for each id in it. */
  readonly path: string;
  readonly permission: string;
  readonly access: "read" | "write";
  /** Checks the parameters before anything happens; what it returns does the work. */
  prepare(call: Call<Form>): () => object;
};

export type RouteDefinition<S extends z.ZodType> = {
  readonly method: Method;
  readonly path: string;
  /** The resource in the names of permissions: `customer` for `rak_customer_read`. */
  readonly permission: string;
  readonly params: S;
  readonly run: (call: Call<z.output<S>>) => object;
};

/** Describes a route. Reading is GET, everything else writes. */
export function route<S extends z.ZodType>(definition: RouteDefinition<S>): Route {
  const { method, path, permission, params, run } = definition;
  return {
    method,
    path,
    permission,
    access: method === "GET" ? "read" : "write",
    prepare(call) {
      const checked = readParams(params, call.params);
      return () => run({ ...call, params: checked });
    },
  };
}

type Found = { readonly route: Route; readonly ids: readonly string[] };

type Compiled = { readonly route: Route; readonly segments: readonly string[] };

/** Finds the route of a request; fixed words win over ids. */
export class Router {
  readonly #routes = new Map<string, Compiled[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const segments = route.path.split("/");
      const key = `${route.method} ${segments.length}`;
      const known = this.#routes.get(key) ?? [];
      known.push({ route, segments });
      this.#routes.set(key, known);
    }
    for (const compiled of this.#routes.values()) compiled.sort((left, right) => idCount(left) - idCount(right));
  }

  find(method: string, path: string): Found | undefined {
    const segments = path.split("/");
    for (const { route, segments: pattern } of this.#routes.get(`${method} ${segments.length}`) ?? []) {
      const ids = match(pattern, segments);
      if (ids !== undefined) return { route, ids };
    }
    return undefined;
  }
}

function idCount({ segments }: Compiled): number {
  return segments.filter((segment) => segment.startsWith(":")).length;
}

function match(pattern: readonly string[], segments: readonly string[]): readonly string[] | undefined {
  const ids: string[] = [];
  for (const [index, part] of pattern.entries()) {
    const segment = segments[index] ?? "";
    if (part.startsWith(":")) ids.push(decodeURIComponent(segment));
    else if (part !== segment) return undefined;
  }
  return ids;
}
