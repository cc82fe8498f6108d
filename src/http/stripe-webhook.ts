/** The door for Stripe's deliveries: proven genuine, stored, then answered. */
import type { FastifyInstance, FastifyRequest } from "fastify";
import { parseEvent } from "../events/parse.ts";
import { AppError } from "../model/error.ts";
import type { EventReceiver } from "../pipeline/receive-event.ts";
import { SignatureInvalid, verifyStripeSignature } from "../stripe/signature.ts";
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

/** A person has closed the intake, for instance while the database is moved. */
export class IntakePaused extends AppError {
  readonly code = "INTAKE_PAUSED";
  readonly kind = "transient";
  override readonly retryAfterMs = 10_000;
  constructor() {
    super("Deliveries are not taken at the moment; this one is refused so that Stripe sends it again.");
  }
}

/** A connected account, as the door needs it. */
export type StripeDoor = {
  /** Names that its address may end in; the main account also answers without one. */
  readonly names: readonly string[];
  readonly livemode: boolean;
  readonly secrets: readonly string[];
  /** Reads again what is kept: another node may have made a new endpoint. True when the secrets are others now. */
  readonly renewSecrets: () => Promise<boolean>;
  readonly receiver: EventReceiver;
  /** A genuine delivery came. */
  delivered(): void;
  /** A delivery was signed with no secret of ours. */
  refused(): void;
};

export type StripeWebhookSettings = {
  /** Of the connected accounts, the main one first. */
  readonly doors: () => readonly StripeDoor[];
  /** False while deliveries are refused so that they come again. */
  readonly isOpen: () => boolean;
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
  const { account } = request.params;
  const doors = settings.doors();
  if (doors.length === 0) throw new NotReady();
  const door = account === undefined ? doors[0] : doors.find(({ names }) => names.includes(account));
  if (!door) throw new StripeAccountUnknown();
  if (door.secrets.length === 0) throw new StripeWebhookOff();
  const { body } = request;
  if (!Buffer.isBuffer(body) || body.length === 0)
    throw new RequestInvalid("The request has no body; Stripe always sends one.");
  const header = request.headers["stripe-signature"];
  const nowS = Math.floor(settings.nowMs() / 1000);
  await verify(door, { body, header: Array.isArray(header) ? header[0] : header, nowS });
  if (!settings.isOpen()) throw new IntakePaused();
  const event = parseEvent(body.toString("utf8"));
  if (event.livemode !== door.livemode) throw new StripeModeMismatch(event.livemode);
  await door.receiver.receive({ event, body, came: "webhook" });
  door.delivered();
}

async function verify(
  door: StripeDoor,
  delivery: { readonly body: Buffer; readonly header: string | undefined; readonly nowS: number },
): Promise<void> {
  const isGenuine = (): boolean => {
    try {
      verifyStripeSignature({ ...delivery, secrets: door.secrets });
      return true;
    } catch (error) {
      if (error instanceof SignatureInvalid) return false;
      throw error;
    }
  };
  if (isGenuine() || ((await door.renewSecrets()) && isGenuine())) return;
  door.refused();
  throw new SignatureInvalid();
}
