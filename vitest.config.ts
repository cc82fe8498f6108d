/** The test projects: `unit` needs nothing, the others get a PostgreSQL from test/support/database-cluster.ts. */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import type { TestProjectInlineConfiguration } from "vitest/config";

const seed = fileURLToPath(new URL("test/support/seed.ts", import.meta.url));
const cluster = fileURLToPath(new URL("test/support/database-cluster.ts", import.meta.url));

type Needs = {
  readonly include: readonly string[];
  readonly timeoutMs: number;
  /** How many files at once; the heavy projects start servers and browsers of their own. */
  readonly files: number;
};

/** A project that needs PostgreSQL. */
function withDatabase(name: string, needs: Needs): TestProjectInlineConfiguration {
  return {
    extends: true,
    test: {
      name,
      include: [...needs.include],
      globalSetup: existsSync(cluster) ? [cluster] : [],
      pool: "forks",
      maxWorkers: needs.files,
      fileParallelism: needs.files > 1,
      testTimeout: needs.timeoutMs,
      hookTimeout: 60_000,
    },
  };
}

/** A project that is one folder of test/. */
function folder(name: string, needs: Omit<Needs, "include">): TestProjectInlineConfiguration {
  return withDatabase(name, { ...needs, include: [`test/${name}/**/*.test.ts`] });
}

export default defineConfig({
  test: {
    restoreMocks: true,
    unstubEnvs: true,
    passWithNoTests: true,
    setupFiles: [seed],
    dangerouslyIgnoreUnhandledErrors: false,
    teardownTimeout: 10_000,
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{src,contract,sandbox}/**/*.test.ts", "web/**/*.test.{ts,tsx}", "test/architecture.test.ts"],
          exclude: ["**/node_modules/**", "**/*.db.test.ts"],
          testTimeout: 5_000,
          // Decisions keep nothing between calls, so files may share a worker; that halves the time.
          isolate: false,
        },
      },
      withDatabase("db", {
        include: ["src/**/*.db.test.ts", "test/db/**/*.test.ts"],
        timeoutMs: 20_000,
        files: 2,
      }),
      folder("properties", { timeoutMs: 60_000, files: 2 }),
      // They wait more than they reckon: for the leases of who was killed.
      folder("faults", { timeoutMs: 180_000, files: 4 }),
      folder("conformance", { timeoutMs: 30_000, files: 2 }),
      folder("journeys", { timeoutMs: 120_000, files: 3 }),
      folder("regressions", { timeoutMs: 30_000, files: 2 }),
      folder("browser", { timeoutMs: 120_000, files: 1 }),
    ],
  },
});
