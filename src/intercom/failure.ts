/** The one place where what goes wrong with Intercom becomes an error of ours: the class says what to do next. */
import { AppError, type ErrorKind } from "../model/error.ts";
import { headerOf, readVendorError, retryAfterOf, type Answer, type VendorError } from "./answer.ts";
import { permissionFor } from "./permission.ts";

/** What a repetition of a call would do: nothing at all, the same again, or the effect a second time. */
export type CallEffect = "read" | "idempotent" | "once";

/** The call that failed, as far as errors speak of it; the path is the template, so that no id gets into a message. */
export type FailedCall = {
  readonly method: string;
  readonly path: string;
  readonly effect: CallEffect;
  /** Of a call that only the version Preview of the API has: that it is so and what to use instead, as a sentence. */
  readonly preview?: string;
};

/** What Intercom said, kept with every error so that its support can be asked about `requestId`. */
export type FailureDetails = {
  readonly status: number | null;
  readonly vendorCode: string | null;
  readonly requestId: string | null;
  readonly cause?: unknown;
};

/** Base of everything that can go wrong with a call to Intercom. */
export abstract class IntercomFailure extends AppError {
  readonly status: number | null;
  readonly vendorCode: string | null;
  readonly requestId: string | null;

  constructor(message: string, details: FailureDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
    this.vendorCode = details.vendorCode;
    this.requestId = details.requestId;
  }
}

/** Intercom asked us to slow down. `retryAfterMs` is theirs. */
export class IntercomRateLimited extends IntercomFailure {
  readonly code = "INTERCOM_RATE_LIMITED";
  readonly kind = "transient";
  override readonly retryAfterMs: number;

  constructor(retryAfterMs: number, details: FailureDetails) {
    const seconds = Math.ceil(retryAfterMs / 1000);
    super(`Intercom's rate limit is used up; the next attempt is in ${seconds} s.`, details);
    this.retryAfterMs = retryAfterMs;
  }
}

/** The token is wrong, expired or revoked. */
export class IntercomUnauthorized extends IntercomFailure {
  readonly code = "INTERCOM_UNAUTHORIZED";
  readonly kind = "blocked";
}

/** The token is good, but the app lacks a permission; `permission` is its name in the Developer Hub when we know it. */
export class IntercomForbidden extends IntercomFailure {
  readonly code = "INTERCOM_FORBIDDEN";
  readonly kind = "blocked";
  readonly permission: string | null;

  constructor(permission: string | null, { message, ...details }: FailureDetails & { message: string }) {
    super(message, details);
    this.permission = permission;
  }
}

/** The workspace's plan does not include this. */
export class IntercomPlanRestricted extends IntercomFailure {
  readonly code = "INTERCOM_PLAN_RESTRICTED";
  readonly kind = "permanent";
}

/** No such contact, attribute or other thing; an archived contact looks like this too. */
export class IntercomNotFound extends IntercomFailure {
  readonly code = "INTERCOM_NOT_FOUND";
  readonly kind = "missing";
}

/** A contact with these details exists. Without its id the search index is behind, so it is worth asking again. */
export class IntercomConflict extends IntercomFailure {
  readonly code = "INTERCOM_CONFLICT";
  readonly kind: Extract<ErrorKind, "conflict" | "transient">;
  readonly existingContactId: string | null;
  readonly archived: boolean;

  constructor(existing: { contactId: string | null; archived: boolean }, details: FailureDetails) {
    super(conflictMessage(existing), details);
    this.kind = existing.contactId === null ? "transient" : "conflict";
    this.existingContactId = existing.contactId;
    this.archived = existing.archived;
  }
}

/** The contact was merged into another one, which is the one to use from now on. */
export class IntercomContactMerged extends IntercomFailure {
  readonly code = "INTERCOM_CONTACT_MERGED";
  readonly kind = "conflict";
  readonly canonicalContactId: string;

  constructor(canonicalContactId: string, details: FailureDetails) {
    super(`This contact was merged into ${canonicalContactId}; Dunlin continues with that one.`, details);
    this.canonicalContactId = canonicalContactId;
  }
}

/** Intercom understood the request and will refuse it again, until data, mapping or attributes change. */
export class IntercomRejected extends IntercomFailure {
  readonly code = "INTERCOM_REJECTED";
  readonly kind = "permanent";
  readonly field: string | null;
  /** The custom attribute that has no definition in this workspace, when that is the reason. */
  readonly unknownAttribute: string | null;

  constructor(error: VendorError, details: FailureDetails, advice = "") {
    const unknownAttribute = unknownAttributeIn(error.message);
    super(rejectedMessage(error, unknownAttribute) + advice, details);
    this.field = error.field;
    this.unknownAttribute = unknownAttribute;
  }
}

/** The configured API version does not have what we asked for. */
export class IntercomVersionInvalid extends IntercomFailure {
  readonly code = "INTERCOM_VERSION_INVALID";
  readonly kind = "blocked";
}

/** The workspace does not have a call that only the version Preview of the API has. Nothing else is the worse for it. */
export class IntercomPreviewRefused extends IntercomFailure {
  readonly code = "INTERCOM_PREVIEW_REFUSED";
  readonly kind = "permanent";

  constructor(call: FailedCall, details: FailureDetails) {
    super(`This workspace does not take ${named(call)} in the version Preview of the API.${adviceFor(call)}`, details);
  }
}

/** No usable answer. When `ambiguous`, the effect may have happened all the same: look before doing it again. */
export class IntercomUnavailable extends IntercomFailure {
  readonly code = "INTERCOM_UNAVAILABLE";
  readonly kind = "transient";
  readonly ambiguous: boolean;

  constructor(ambiguous: boolean, { message, ...details }: FailureDetails & { message: string }) {
    super(message, details);
    this.ambiguous = ambiguous;
  }
}

/** Turns an answer that is not 2xx into the error that says what to do about it. */
export function failureOf(answer: Answer, call: FailedCall, nowMs: number): IntercomFailure {
  const error = readVendorError(answer);
  const details = { status: answer.status, vendorCode: error.code, requestId: error.requestId };
  return byVendorCode(error, details, call) ?? byStatus({ answer, error, details, call, nowMs });
}

/** An answer that arrived but cannot be read: HTML instead of JSON, another shape, too long. */
export function unreadable(answer: Answer, call: FailedCall, cause: unknown): IntercomUnavailable {
  const { code, requestId } = readVendorError(answer);
  return new IntercomUnavailable(call.effect !== "read", {
    message: `Intercom answered ${named(call)} with ${answer.status}, but not in a form that Dunlin can read. Dunlin tries again.`,
    status: answer.status,
    vendorCode: code,
    requestId,
    cause,
  });
}

/** No complete answer: refused, reset, cut off or too slow. `sent` tells whether the request may have left us. */
export function unreachable(call: FailedCall, sent: boolean, cause: unknown): IntercomUnavailable {
  return new IntercomUnavailable(sent && call.effect !== "read", {
    message: `Intercom gave no complete answer to ${named(call)}. Dunlin tries again; check the network if this lasts.`,
    status: null,
    vendorCode: null,
    requestId: null,
    cause,
  });
}

/** Some codes say more than the status they come with. */
function byVendorCode(error: VendorError, details: FailureDetails, call: FailedCall): IntercomFailure | null {
  switch (error.code) {
    case "intercom_version_invalid":
      if (call.preview !== undefined) return new IntercomPreviewRefused(call, details);
      return new IntercomVersionInvalid(
        `Intercom's API version in use does not know ${named(call)}. Set the version to 2.16 in the configuration.`,
        details,
      );
    case "api_plan_restricted":
      return new IntercomPlanRestricted(`The workspace's Intercom plan does not include ${named(call)}.`, details);
    case "token_unauthorized":
      return forbidden(error, details, call); // comes with 401, yet the token is good: it lacks a permission
    case "server_error":
    case "request_timeout":
    case "service_unavailable":
      return down(details, call);
    default:
      return null;
  }
}

type Failed = {
  readonly answer: Answer;
  readonly error: VendorError;
  readonly details: FailureDetails;
  readonly call: FailedCall;
  readonly nowMs: number;
};

function byStatus({ answer, error, details, call, nowMs }: Failed): IntercomFailure {
  switch (answer.status) {
    case 401:
      return new IntercomUnauthorized(
        "Intercom does not accept the access token. Copy a new one from the Developer Hub (your app, Authentication).",
        details,
      );
    case 403:
      return forbidden(error, details, call);
    case 404:
    case 410:
      return gone({ answer, error, details, call });
    case 409:
      return new IntercomConflict(
        { contactId: contactIdIn(error.message), archived: /\barchived\b/i.test(error.message) },
        details,
      );
    case 429:
      return new IntercomRateLimited(retryAfterOf(answer.headers, nowMs), details);
    default:
      // 408 and 5xx are Intercom's trouble; below 400 it is something between us and Intercom that answers.
      if (answer.status === 408 || answer.status >= 500 || answer.status < 400) return down(details, call);
      return new IntercomRejected(error, details, adviceFor(call));
  }
}

/** The Link header decides, not the status: the docs name both 410 and 404 for a merged contact. */
function gone({ answer, error, details, call }: Omit<Failed, "nowMs">): IntercomFailure {
  const link = headerOf(answer.headers, "link") ?? "";
  const canonical = /<[^>]*\/contacts\/([0-9a-f]{24})>\s*;\s*rel="?canonical"?/i.exec(link)?.[1];
  if (canonical !== undefined) return new IntercomContactMerged(canonical, details);
  const message = `Intercom has nothing at ${named(call)}, or it is archived or deleted.${saidText(error)}`;
  return new IntercomNotFound(message + adviceFor(call), details);
}

function forbidden(error: VendorError, details: FailureDetails, call: FailedCall): IntercomForbidden {
  const permission = permissionFor(call.method, call.path);
  const missing = permission === null ? "a permission" : `the permission “${permission}”`;
  const remedy = `Tick it in the Developer Hub (your app, Authentication)`;
  return new IntercomForbidden(permission, {
    message: `The Intercom app lacks ${missing} for ${named(call)}. ${remedy}.${saidText(error)}`,
    ...details,
  });
}

/** What Intercom said to it, which may name what is meant: a team, a teammate, a type of ticket. */
function saidText({ message }: VendorError): string {
  return message === "" ? "" : ` Intercom said: ${message}`;
}

function down(details: FailureDetails, call: FailedCall): IntercomUnavailable {
  return new IntercomUnavailable(call.effect !== "read", {
    message: `Intercom could not handle ${named(call)} (status ${details.status ?? "none"}). Dunlin tries again.`,
    ...details,
  });
}

function contactIdIn(message: string): string | null {
  return /id=([0-9a-f]{24})/i.exec(message)?.[1] ?? null;
}

function unknownAttributeIn(message: string): string | null {
  return /attribute ['"‘“](.+?)['"’”] does(?: not|n't|n’t) exist/i.exec(message)?.[1] ?? null;
}

function conflictMessage({ contactId, archived }: { contactId: string | null; archived: boolean }): string {
  if (contactId === null)
    return "Intercom says that this exists, but does not name it yet. Dunlin looks again shortly.";
  const adjective = archived ? "An archived contact" : "A contact";
  return `${adjective} with the same details exists in Intercom: ${contactId}.`;
}

function rejectedMessage(error: VendorError, unknownAttribute: string | null): string {
  if (unknownAttribute !== null) {
    return `The attribute “${unknownAttribute}” does not exist in Intercom. Run the setup again to create it, or take it out of the mapping.`;
  }
  const where = error.field === null ? "" : ` (field “${error.field}”)`;
  return `Intercom refused the request${where}: ${error.message || error.code || "no reason given"}`;
}

function adviceFor({ preview }: FailedCall): string {
  return preview === undefined ? "" : ` ${preview}`;
}

function named(call: FailedCall): string {
  return `${call.method} ${call.path}`;
}
