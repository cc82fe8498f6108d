/** One HTTP exchange: request out, whole answer in, under one deadline and one size bound. */
import type { Dispatcher, Pool } from "undici";
import type { Answer, AnswerHeaders } from "./answer.ts";

export type ExchangeRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string | null;
  readonly timeoutMs: number;
  readonly bytesMax: number;
  readonly signal: AbortSignal | undefined;
  /** Called once, as soon as the headers are there. */
  readonly onHeaders: (headers: AnswerHeaders) => void;
};

/** Why there is no complete answer, and how far the request had come. */
export class ExchangeBroken extends Error {
  /** The request was handed to a socket: Intercom may have seen it. */
  readonly sent: boolean;
  /** The first bytes of an answer had come back. */
  readonly answering: boolean;
  /** We gave up ourselves: out of time, too long, or told to stop. */
  readonly givenUp: boolean;

  constructor(cause: unknown, how: { sent: boolean; answering: boolean; givenUp: boolean }) {
    super(cause instanceof Error ? cause.message : "The exchange broke.", { cause });
    this.sent = how.sent;
    this.answering = how.answering;
    this.givenUp = how.givenUp;
  }
}

/** Sends one request and resolves with the complete answer, whatever its status; rejects with ExchangeBroken. */
export function exchange(pool: Pool, request: ExchangeRequest): Promise<Answer> {
  return new Promise((resolve, reject) => new Exchange(request, resolve, reject).run(pool));
}

/** undici's own `request()` covers headers and body with two timeouts and a stream; one deadline needs neither. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: ExchangeRequest;
  readonly #resolve: (answer: Answer) => void;
  readonly #reject: (error: ExchangeBroken) => void;
  #controller: Dispatcher.DispatchController | null = null;
  #timer: NodeJS.Timeout | null = null;
  #status = 0;
  #headers: AnswerHeaders = {};
  #chunks: Buffer[] = [];
  #bytes = 0;
  #givenUp: Error | null = null;
  #settled = false;
  readonly #stop = (): void => this.#giveUp(new Error("The call was called off."));

  constructor(request: ExchangeRequest, resolve: (answer: Answer) => void, reject: (error: ExchangeBroken) => void) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  run(pool: Pool): void {
    const { method, path, headers, body, timeoutMs, signal } = this.#request;
    if (signal?.aborted === true) return this.#stop();
    signal?.addEventListener("abort", this.#stop, { once: true });
    this.#timer = setTimeout(() => this.#giveUp(new Error(`No complete answer within ${timeoutMs} ms.`)), timeoutMs);
    pool.dispatch({ method, path, headers, body }, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#givenUp !== null) return controller.abort(this.#givenUp); // given up while it waited for a socket
    this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    this.#request.onHeaders(headers);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#request.bytesMax) this.#chunks.push(chunk);
    else this.#giveUp(new Error(`The answer is longer than ${this.#request.bytesMax} bytes.`));
  }

  onResponseEnd(): void {
    if (!this.#settle()) return;
    const only = this.#chunks.length === 1 ? this.#chunks[0] : undefined;
    const body = (only ?? Buffer.concat(this.#chunks)).toString("utf8");
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onResponseError(_: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#fail(error);
  }

  #giveUp(reason: Error): void {
    this.#givenUp ??= reason;
    this.#fail(this.#givenUp);
    this.#controller?.abort(this.#givenUp);
  }

  #fail(cause: Error): void {
    if (!this.#settle()) return;
    const how = { sent: this.#controller !== null, answering: this.#status !== 0, givenUp: this.#givenUp !== null };
    this.#reject(new ExchangeBroken(cause, how));
  }

  /** True the first time only. */
  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#request.signal?.removeEventListener("abort", this.#stop);
    return true;
  }
}
