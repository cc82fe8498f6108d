/** The door for Stripe's deliveries: proven genuine, stored, then answered. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { parseEvent } from "../events/parse.ts";
import { AppError } from "../model/error.ts";
import type { EventReceiver } from "../pipeline/receive-event.ts";
import { verifyStripeSignature } from "../stripe/signature.ts";
import { NotReady, RequestInvalid } from "./failure.ts";

/** No account of that name is connected. */
export class StripeAccountUnknown extends AppError {
  readonly code = "STRIPE_ACCOUNT_UNKNOWN";
  readonly kind = "missing";
  constructor() {
    super("No Stripe account of that name is connected. The main account's address is /webhooks/stripe.");
  }
}

/** A genuine event of the other mode: test and live data never mix. */
export class StripeModeMismatch extends AppError {
  readonly code = "STRIPE_MODE_MISMATCH";
  readonly kind = "invalid";
  constructor(livemode: boolean) {
    const [theirs, ours] = livemode ? ["live", "test"] : ["test", "live"];
    super(`The event is of ${theirs} mode, the connected key is of ${ours} mode. Give each mode a Dunlin of its own.`);
  }
}

/** Events are fetched from Stripe's list, so there is no secret to check a delivery with. */
export class StripeWebhookOff extends AppError {
  readonly code = "STRIPE_WEBHOOK_OFF";
  readonly kind = "missing";
  constructor() {
    super("Webhooks are not in use: set PUBLIC_URL to have an endpoint made, or STRIPE_WEBHOOK_SECRET for your own.");
  }
}

/** A connected account, as the door needs it. */
export type StripeDoor = {
  /** Names that its address may end in; the main account also answers without one. */
  readonly names: readonly string[];
  readonly livemode: boolean;
  readonly secrets: readonly string[];
  readonly receiver: EventReceiver;
};

export type StripeWebhookSettings = {
  /** Undefined while connecting. */
  readonly door: () => StripeDoor | undefined;
  readonly nowMs: () => number;
};

/** Adds `/webhooks/stripe` and `/webhooks/stripe/<account>`. The bodies reach it as bytes. */
export function addStripeWebhook(server: FastifyInstance, settings: StripeWebhookSettings): void {
  const handle = async (request: FastifyRequest<{ Params: { account?: string } }>): Promise<{ received: true }> => {
    await receive(request, settings);
    return { received: true };
  };
  server.post("/webhooks/stripe", handle);
  server.post("/webhooks/stripe/:account", handle);
}

async function receive(
  request: FastifyRequest<{ Params: { account?: string } }>,
  settings: StripeWebhookSettings,
): Promise<void> {
  const door = settings.door();
  if (!door) throw new NotReady();
  const { account } = request.params;
  if (account !== undefined && !door.names.includes(account)) throw new StripeAccountUnknown();
  if (door.secrets.length === 0) throw new StripeWebhookOff();
  const { body } = request;
  if (!Buffer.isBuffer(body) || body.length === 0)
    throw new RequestInvalid("The request has no body; Stripe always sends one.");
  const header = request.headers["stripe-signature"];
  const nowS = Math.floor(settings.nowMs() / 1000);
  verifyStripeSignature({ body, header: Array.isArray(header) ? header[0] : header, secrets: door.secrets, nowS });
  const event = parseEvent(body.toString("utf8"));
  if (event.livemode !== door.livemode) throw new StripeModeMismatch(event.livemode);
  await door.receiver.receive({ event, body });
}
