/** A request that Intercom turns down: the status, code and words of its error list. */

/** Thrown by any handler; the door turns it into an `error.list`. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, said: string | Said) {
    const { message, field, headers = {} } = typeof said === "string" ? { message: said } : said;
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
    this.field = field;
    this.headers = headers;
  }
}

/** A message, and where it matters the field it is about and what goes into the headers. */
type Said = {
  readonly message: string;
  readonly field?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A value that Intercom does not accept. */
export function invalid(message: string, field?: string): Refusal {
  return new Refusal(400, "parameter_invalid", { message, field });
}

/** A value that Intercom needs and did not get. */
export function absent(message: string, field?: string): Refusal {
  return new Refusal(400, "parameter_not_found", { message, field });
}

/** No such thing; people are called "User" in this answer whatever their role. */
export function notFound(message = "Resource Not Found", code = "not_found"): Refusal {
  return new Refusal(404, code, message);
}

/** No such person. */
export function personNotFound(): Refusal {
  return notFound("User Not Found");
}
