/** What stands before every endpoint: version, token, rate limit, permission. */
import type { SandboxRequest } from "../kernel/types.ts";
import { Refusal } from "./refusal.ts";
import type { Route, Scope } from "./route.ts";
import type { Settings } from "./workspace.ts";

const versions = new Set(["2.16", "2.17"]);

/** Refuses a token that is wrong or was revoked. */
export function checkToken(request: SandboxRequest, token: string, settings: Settings): void {
  const given = request.headers["authorization"];
  if (settings.unauthorized || given !== `Bearer ${token}`) {
    throw new Refusal(401, "unauthorized", "Access Token Invalid");
  }
}

/**
 * The version that is asked for. The sandbox is stricter than Intercom, which falls back to an old version when none is named,
 * and takes Preview for calls that are the same there.
 */
export function checkVersion(request: SandboxRequest, route: Route | undefined, settings: Settings): string {
  const version = request.headers["intercom-version"];
  if (version !== undefined && versions.has(version)) return version;
  if (version === "Preview" && route?.hasPreview === true && settings.preview) return version;
  const message = "The requested version of the API does not exist or is not available; send Intercom-Version: 2.16";
  throw new Refusal(400, "intercom_version_invalid", message);
}

/** Refuses what the token was not given, or has lost. */
export function checkScope(scope: Scope | null, settings: Settings): void {
  if (scope !== null && settings.revokedScopes.has(scope)) {
    throw new Refusal(403, "forbidden", `The access token lacks the permission ${scope}`);
  }
}

export type RateLimit = {
  /** Counts one call; refuses it when the slice is used up. */
  count(): void;
  headers(): Readonly<Record<string, string>>;
};

const sliceMs = 10_000;

/** Ten-second slices of real time, each with its own budget. */
export function createRateLimit(settings: Settings, nowMs: () => number): RateLimit {
  let slice = 0;
  let used = 0;
  const turn = (): void => {
    const present = Math.floor(nowMs() / sliceMs);
    if (present !== slice) used = 0;
    slice = present;
  };
  return {
    count() {
      turn();
      if (used >= settings.limitPerSlice) {
        const message = `Exceeded rate limit of ${settings.limitPerSlice} in 10_seconds`;
        throw new Refusal(429, "rate_limit_exceeded", message);
      }
      used += 1;
    },
    headers() {
      turn();
      return {
        "x-ratelimit-limit": String(settings.limitPerSlice),
        "x-ratelimit-remaining": String(Math.max(0, settings.limitPerSlice - used)),
        "x-ratelimit-reset": String(((slice + 1) * sliceMs) / 1000),
      };
    },
  };
}
