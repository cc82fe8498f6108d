/** How the web UI is built and, while developing, served. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { makeBelieveApi } from "./dev/make-believe-api.ts";

/** With DUNLIN_URL the pages talk to that server; without it the API is make-believe. */
const serverUrl = process.env["DUNLIN_URL"];

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("."),
  plugins: [react(), ...(serverUrl ? [] : [makeBelieveApi()])],
  server: {
    host: "127.0.0.1",
    // The host stays the page's own, since the server takes changes from its own pages only.
    ...(serverUrl ? { proxy: { "/api": { target: serverUrl, changeOrigin: false } } } : {}),
  },
  preview: { host: "127.0.0.1" },
  build: {
    outDir: here("../dist/web"),
    emptyOutDir: true,
    target: "es2023",
    // The page's policy knows no data: addresses, so nothing may be inlined as one.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // What changes rarely is kept apart, so that an upgrade of Dunlin leaves it in the browser's cache.
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/, priority: 2 },
            { name: "libraries", test: /node_modules[\\/](@tanstack|i18next|react-i18next|zod)[\\/]/, priority: 1 },
          ],
        },
      },
    },
  },
});
