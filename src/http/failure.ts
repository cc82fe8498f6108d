/** How errors are answered: a stable code, a sentence, never a stack or a payload. */
import type { FastifyError, FastifyInstance } from "fastify";
import type { DocumentProblem } from "../../contract/mapping.ts";
import { DocumentInvalid } from "../documents/document.ts";
import { AppError, httpStatusOf } from "../model/error.ts";

/** The body is larger than any event. */
export class PayloadTooLarge extends AppError {
  readonly code = "PAYLOAD_TOO_LARGE";
  readonly kind = "invalid";
  override readonly httpStatus = 413;
  constructor() {
    super("The body is larger than 1 MiB, which no event of the vendors is.");
  }
}

/** The request is not one that this address takes. */
export class RequestInvalid extends AppError {
  readonly code = "REQUEST_INVALID";
  readonly kind = "invalid";
}

/** Somebody tries too often. */
export class TooManyAttempts extends AppError {
  readonly code = "TOO_MANY_ATTEMPTS";
  readonly kind = "invalid";
  override readonly httpStatus = 429;
  constructor() {
    super("Too many attempts; wait a minute and try again.");
  }
}

/** Nothing lives at this address. */
export class RouteNotFound extends AppError {
  readonly code = "ROUTE_NOT_FOUND";
  readonly kind = "missing";
  constructor() {
    super("There is nothing at this address.");
  }
}

/** The server is still starting. */
export class NotReady extends AppError {
  readonly code = "NOT_READY";
  readonly kind = "transient";
  constructor() {
    super("Dunlin is still connecting; try again in a few seconds.");
  }
}

export type FailureBody = {
  readonly error: {
    readonly code: string;
    readonly message: string;
    /** Of a document that is refused, each with its place. */
    readonly problems?: readonly DocumentProblem[];
  };
};

/** What a person sees of an error. Bugs keep their details to the log. */
export function failureBody(error: unknown): FailureBody {
  if (error instanceof AppError) {
    const { code, message } = error;
    return { error: { code, message, ...(error instanceof DocumentInvalid ? { problems: error.problems } : {}) } };
  }
  return { error: { code: "BUG", message: "Something went wrong in Dunlin itself; the log has the details." } };
}

/** PostgreSQL's state for text that it cannot hold; what a request names may have a zero byte in it. */
const unstorableText = "22021";

/** Fastify's own refusals as ours, and PostgreSQL's of what the caller has written. */
export function toFailure(error: unknown): unknown {
  if (error instanceof Error && "code" in error && error.code === unstorableText)
    return new RequestInvalid("The request cannot be taken: a zero byte stands in it.", { cause: error });
  if (error instanceof AppError || !isFastifyError(error)) return error;
  if (error.statusCode === 413) return new PayloadTooLarge();
  if (error.statusCode === 429) return new TooManyAttempts();
  const isCallers = error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500;
  return isCallers ? new RequestInvalid(`The request cannot be read: ${error.message}`) : error;
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && "statusCode" in error;
}

/** Answers every error of a server the same way. */
export function answerFailures(server: FastifyInstance): void {
  server.setErrorHandler((raw, request, reply) => {
    const error = toFailure(raw);
    const status = httpStatusOf(error);
    if (status === 500)
      request.log.error({ err: error, method: request.method, route: request.routeOptions.url }, "a request failed");
    if (error instanceof AppError && error.retryAfterMs !== undefined)
      void reply.header("retry-after", Math.ceil(error.retryAfterMs / 1000));
    return reply.code(status).send(failureBody(error));
  });
}
