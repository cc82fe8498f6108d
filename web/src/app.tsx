/** Everything that the pages share: theme, texts, server data, routes. */
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import type { i18n as I18n } from "i18next";
import { useState, type ReactNode } from "react";
import { I18nextProvider } from "react-i18next";
import { makeRouter } from "./router.tsx";
import { cssVariables, theme } from "./theme.ts";

/** The whole web UI. */
export function App({ i18n }: { readonly i18n: I18n }): ReactNode {
  const [queryClient] = useState(() => new QueryClient());
  const [router] = useState(() => makeRouter(queryClient));
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <I18nextProvider i18n={i18n}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </I18nextProvider>
    </MantineProvider>
  );
}
