/** API keys: one that may do everything, and restricted ones with single permissions. */
import type { SandboxRequest } from "../../kernel/types.ts";
import { ACCOUNT_ID } from "../objects/shared.ts";
import { StripeError } from "./errors.ts";

export const FULL_KEY = "sk_test_sandbox";

/** What a key may do; null means everything. */
export type Permissions = ReadonlySet<string> | null;

export type ApiKey = { readonly key: string; readonly permissions: Permissions };

/** The keys of the account. */
export class Keys {
  readonly #keys = new Map<string, Permissions>([[FULL_KEY, null]]);

  /** Makes a restricted key with these `rak_…` permissions. A write permission includes reading. */
  restrict(key: string, permissions: readonly string[]): string {
    this.#keys.set(key, new Set(permissions));
    return key;
  }

  /** Takes a key away: requests with it are unauthorised from now on. */
  revoke(key: string): void {
    this.#keys.delete(key);
  }

  /** The key of a request, or the error for a missing or unknown one. */
  authenticate(request: SandboxRequest): ApiKey {
    const key = bearer(request.headers["authorization"]);
    if (key === undefined) {
      throw new StripeError(
        401,
        "invalid_request_error",
        "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth " +
          "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
      );
    }
    const permissions = this.#keys.get(key);
    if (permissions === undefined) {
      throw new StripeError(401, "invalid_request_error", `Invalid API Key provided: ${masked(key)}`);
    }
    return { key, permissions };
  }
}

/** Throws the error that names the missing permission. */
export function requirePermission({ key, permissions }: ApiKey, resource: string, access: "read" | "write"): void {
  if (permissions === null || permissions.has(`rak_${resource}_write`)) return;
  if (access === "read" && permissions.has(`rak_${resource}_read`)) return;
  throw new StripeError(
    403,
    "invalid_request_error",
    `The provided key '${masked(key)}' does not have the required permissions for this endpoint on account '${ACCOUNT_ID}'. ` +
      `Having the 'rak_${resource}_${access}' permission would allow this request to continue.`,
    { code: "more_permissions_required" },
  );
}

function bearer(header: string | undefined): string | undefined {
  const [scheme = "", value = ""] = (header ?? "").split(" ");
  if (value === "") return undefined;
  if (scheme.toLowerCase() === "bearer") return value;
  if (scheme.toLowerCase() !== "basic") return undefined;
  return Buffer.from(value, "base64").toString("utf8").split(":")[0];
}

function masked(key: string): string {
  return `${key.slice(0, 8)}${"*".repeat(Math.max(4, key.length - 12))}${key.slice(-4)}`;
}
