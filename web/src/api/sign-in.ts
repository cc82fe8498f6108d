/** Exchanges the admin token for a session cookie. */
import { postJson } from "./request.ts";

/** Signs in; throws an `ApiError` of kind `signed-out` when the token is wrong. */
export async function signIn(token: string): Promise<void> {
  await postJson("/api/session", { token });
}
