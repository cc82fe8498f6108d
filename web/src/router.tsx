/** The pages and their addresses; each page is loaded when it is first visited. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import { mappingQuery } from "./api/mapping.ts";
import { plansQuery } from "./api/plans.ts";
import { pulseQuery } from "./api/pulse-query.ts";
import { NotFoundPage } from "./shell/not-found-page.tsx";
import { ProblemPage } from "./shell/problem-page.tsx";
import { Shell } from "./shell/shell.tsx";

type RouterContext = { readonly queryClient: QueryClient };

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: Shell });

const pulseRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  // Starts the first request beside the download of the page; the page itself shows how it goes.
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(pulseQuery());
  },
  component: lazyRouteComponent(() => import("./pages/pulse/pulse-page.tsx"), "PulsePage"),
});

const mappingRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/mapping",
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(mappingQuery());
  },
  component: lazyRouteComponent(() => import("./pages/mapping/mapping-page.tsx"), "MappingPage"),
});

const plansRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/plans",
  loader: ({ context }) => {
    void context.queryClient.prefetchQuery(plansQuery());
  },
  component: lazyRouteComponent(() => import("./pages/plans/plans-page.tsx"), "PlansPage"),
});

const routeTree = rootRoute.addChildren([pulseRoute, mappingRoute, plansRoute]);

/** A router over all pages. */
export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultErrorComponent: ProblemPage,
    defaultNotFoundComponent: NotFoundPage,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
