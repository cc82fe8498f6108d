/** From what the driver throws to our errors: whether PostgreSQL is away, busy, or our own statement is wrong. */
import { AppError } from "../model/error.ts";

/** PostgreSQL cannot answer now: it is starting, stopping, full, out of reach or too slow. */
export class DatabaseUnavailable extends AppError {
  readonly code = "DATABASE_UNAVAILABLE";
  readonly kind = "transient";
  constructor(options?: ErrorOptions) {
    super("The database cannot answer at the moment; the work is tried again.", options);
  }
}

/** Other transactions won every round against this one. */
export class DatabaseConflict extends AppError {
  readonly code = "DATABASE_CONFLICT";
  readonly kind = "conflict";
  /** The caller did nothing wrong and may simply try again. */
  override readonly httpStatus = 503;
  constructor(attempts: number, options?: ErrorOptions) {
    super(
      `Other transactions changed the same rows in each of ${attempts} attempts; read again and decide again.`,
      options,
    );
  }
}

/** SQLSTATE classes whose every code means "not now": 08 connection, 53 resources used up (disk, memory, connections). */
const unavailableClasses: ReadonlySet<string> = new Set(["08", "53"]);

const unavailableStates: ReadonlySet<string> = new Set([
  "57P01", // admin_shutdown
  "57P02", // crash_shutdown
  "57P03", // cannot_connect_now: starting up or shutting down
  "57P05", // idle_session_timeout
  "57014", // query_canceled: the statement timeout
  "55P03", // lock_not_available: the lock timeout
  "25P03", // idle_in_transaction_session_timeout
  "25006", // read_only_sql_transaction: we talk to a standby in the middle of a fail-over
]);

const unavailableSystemCodes: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** The driver gives these no code, so that only their text tells them from our own mistakes. */
const unavailableTexts =
  /^(Connection terminated|timeout exceeded when trying to connect|timeout expired|Query read timeout|Client has encountered a connection error|Client was closed and is not queryable)/;

/** The error as the rest of the program should see it; what is not about availability stays as it was. */
export function toDatabaseError(error: unknown): unknown {
  if (error instanceof AppError) return error;
  return isUnavailable(error) ? new DatabaseUnavailable({ cause: error }) : error;
}

/** Two transactions stood in each other's way; running the same work again is right. */
export function isSerializationFailure(error: unknown): boolean {
  const code = textOf(error, "code");
  return code === "40P01" || code === "40001";
}

/** The code of a driver's or a system error, where it has one. */
export function errorCode(error: unknown): string | undefined {
  return textOf(error, "code");
}

function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = textOf(error, "code");
  if (code === undefined) return unavailableTexts.test(error.message);
  if (unavailableSystemCodes.has(code) || unavailableStates.has(code)) return true;
  // The socket of a server that is not running does not exist; any other missing file is a bug.
  if (code === "ENOENT") return textOf(error, "syscall") === "connect";
  return code.length === 5 && unavailableClasses.has(code.slice(0, 2));
}

function textOf(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const found: unknown = Reflect.get(value, key);
  return typeof found === "string" ? found : undefined;
}

/** Whether a row with the same key is there already. */
export function isUniqueViolation(error: unknown): boolean {
  return textOf(error, "code") === "23505";
}
