/** Talks to a sandbox Intercom in tests: one call per line, answers as plain values. */
import { createIntercom, type IntercomVendor } from "./intercom.ts";
import { createTestKernel, type TestKernel } from "./test-kernel.ts";
import type { IntercomOptions } from "./workspace.ts";

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** A value deep in the body, by keys: `get("errors", 0, "code")`. */
  get(...path: readonly (string | number)[]): unknown;
  readonly body: unknown;
};

export type TestClient = {
  readonly kernel: TestKernel;
  readonly intercom: IntercomVendor;
  readonly call: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** The same with other headers than a proper client would send. */
  readonly callWith: (headers: Readonly<Record<string, string>>) => TestClient["call"];
  /** Webhooks so far, as topic and item. */
  readonly hooks: () => readonly { readonly topic: unknown; readonly item: unknown }[];
};

/** A fresh workspace; its time zone is UTC unless a test says otherwise. */
export function createTestClient(options: Partial<IntercomOptions> = {}): TestClient {
  const kernel = createTestKernel();
  const intercom = createIntercom(kernel, {
    clientSecret: "secret",
    token: "token",
    region: "US",
    timezone: "UTC",
    wallNowMs: () => kernel.clock.nowMs(),
    ...options,
  });
  const callWith =
    (headers: Readonly<Record<string, string>>): TestClient["call"] =>
    async (method, path, body) => {
      const url = new URL(path, "http://intercom.example");
      const answer = await intercom.handle({
        method,
        path: url.pathname,
        query: url.searchParams,
        headers: {
          authorization: "Bearer token",
          "intercom-version": "2.16",
          "content-type": "application/json",
          ...headers,
        },
        rawBody: Buffer.from(body === undefined ? "" : JSON.stringify(body)),
      });
      const plain: unknown = JSON.parse(JSON.stringify(answer.body ?? null));
      return { status: answer.status, headers: answer.headers ?? {}, body: plain, get: (...keys) => at(plain, keys) };
    };
  return {
    kernel,
    intercom,
    call: callWith({}),
    callWith,
    hooks: () =>
      kernel.delivered.map(({ body }) => {
        const sent: unknown = JSON.parse(body);
        return { topic: at(sent, ["topic"]), item: at(sent, ["data", "item"]) };
      }),
  };
}

/** A value deep inside another; `undefined` when there is no such place. */
export function at(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (place, key) => (typeof place === "object" && place !== null ? Reflect.get(place, key) : undefined),
    value,
  );
}
