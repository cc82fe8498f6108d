/** The door for Intercom's notifications: hints that a contact appeared, vanished or was merged. */
import type { FastifyInstance } from "fastify";
import { parseSignal, verifyIntercomSignature, type Signal } from "../intercom/webhook.ts";
import { AppError } from "../model/error.ts";
import { NotReady, RequestInvalid } from "./failure.ts";

/** Without the app's client secret nothing that claims to come from Intercom can be proven. */
export class IntercomSecretMissing extends AppError {
  readonly code = "INTERCOM_SECRET_MISSING";
  readonly kind = "transient";
  constructor() {
    super(
      "Set INTERCOM_CLIENT_SECRET (Developer Hub → the app → Basic information) so that Intercom's notifications can be checked.",
    );
  }
}

/** The notification was not signed with our client secret. */
export class IntercomSignatureInvalid extends AppError {
  readonly code = "INTERCOM_SIGNATURE_INVALID";
  readonly kind = "invalid";
  constructor() {
    super(
      "The X-Hub-Signature does not fit the body and the client secret. Check INTERCOM_CLIENT_SECRET, and that no proxy changes the body.",
    );
  }
}

export type IntercomWebhookSettings = {
  readonly secret: () => string | undefined;
  /** Undefined while connecting. */
  readonly receive: () => ((signal: Signal) => Promise<void>) | undefined;
};

/** Adds `/webhooks/intercom`. Intercom checks the address with HEAD when it is entered. */
export function addIntercomWebhook(server: FastifyInstance, settings: IntercomWebhookSettings): void {
  server.head("/webhooks/intercom", async (_request, reply) => reply.code(200).send());
  server.post("/webhooks/intercom", async (request) => {
    const { body } = request;
    if (!Buffer.isBuffer(body) || body.length === 0)
      throw new RequestInvalid("The request has no body; Intercom always sends one.");
    const secret = settings.secret();
    if (secret === undefined) throw new IntercomSecretMissing();
    const header = request.headers["x-hub-signature"];
    if (!verifyIntercomSignature(body, Array.isArray(header) ? header[0] : header, secret))
      throw new IntercomSignatureInvalid();
    const signal = parseSignal(body);
    const receive = settings.receive();
    if (!receive) throw new NotReady();
    await receive(signal);
    return { received: true };
  });
}
