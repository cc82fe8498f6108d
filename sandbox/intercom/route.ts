/** One line of a route table: method, path, the permission it needs, the body it takes and who answers. */
import type { z } from "zod";
import type { SandboxResponse } from "../kernel/types.ts";
import { checkBody, type BodyStyle } from "./body.ts";

/** What a token may be allowed to do; names follow the tick boxes of the Developer Hub. */
export const scopes = [
  "read_admins",
  "read_users",
  "write_users",
  "write_data_attributes",
  "write_tags",
  "write_events",
  "read_conversations",
  "write_conversations",
  "read_tickets",
  "write_tickets",
  "read_data_connectors",
  "write_data_connectors",
] as const;

export type Scope = (typeof scopes)[number];

/** A request as a handler sees it: path parts decoded, body checked. */
export type Call<B> = {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The version of the API that was asked for. */
  readonly version: string;
  readonly body: B;
};

export type Route = {
  readonly method: string;
  readonly path: string;
  /** `null` for what every token may do. */
  readonly scope: Scope | null;
  /** Whether the call is another one in version Preview. */
  readonly hasPreview: boolean;
  /** Checks the body and answers. */
  readonly answer: (call: Call<unknown>) => SandboxResponse;
};

type Line = { readonly method: string; readonly path: string; readonly scope: Scope | null };

/** A route that takes no body; one that is sent is not looked at. */
export function route(line: Line, answer: (call: Call<unknown>) => SandboxResponse): Route {
  return { ...line, hasPreview: false, answer };
}

/** A route whose body must have the given shape, in version Preview perhaps another one. */
export function bodyRoute<B>(
  line: Line & { readonly body: z.ZodType<B>; readonly preview?: z.ZodType<B>; readonly style?: BodyStyle },
  answer: (call: Call<B>) => SandboxResponse,
): Route {
  const { body: usual, preview, style = "parameter", ...rest } = line;
  return {
    ...rest,
    hasPreview: preview !== undefined,
    answer(call) {
      const schema = call.version === "Preview" ? (preview ?? usual) : usual;
      return answer({ ...call, body: checkBody(schema, call.body, style) });
    },
  };
}

/** The usual answer. */
export function ok(body: unknown): SandboxResponse {
  return { status: 200, body };
}

/** A path part; the router has put it there, since the path names it. */
export function param(call: Call<unknown>, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`The route has no part called "${name}".`);
  return value;
}
