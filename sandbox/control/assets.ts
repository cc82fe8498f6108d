/** The page's files, read from the repository: plain HTML, CSS and JavaScript without a build step. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SandboxResponse } from "../kernel/types.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Answers `/` and `/assets/<name>`; `undefined` when there is no such file. */
export function createAssets(): (path: string) => SandboxResponse | undefined {
  const folder = findFolder();
  const names = new Set(readdirSync(folder));
  return (path) => {
    const name = path === "/" ? "index.html" : path.replace(/^\/assets\//, "");
    if (!names.has(name)) return undefined;
    return {
      status: 200,
      headers: {
        "content-type": types[extname(name)] ?? "application/octet-stream",
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cache-control": "no-cache",
      },
      body: readFileSync(join(folder, name), "utf8"),
    };
  };
}

/** Beside this file when it runs from source; in the source tree when it runs compiled from `dist/sandbox/control`. */
function findFolder(): string {
  const places = ["./assets/", "../../../sandbox/control/assets/"].map((place) =>
    fileURLToPath(new URL(place, import.meta.url)),
  );
  const folder = places.find((place) => existsSync(join(place, "index.html")));
  if (folder === undefined) throw new Error(`The control page's files are neither in ${places.join(" nor in ")}.`);
  return folder;
}
