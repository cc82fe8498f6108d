/** Usage: what a business's own programs push, and how customers stand. */
import { timingSafeEqual } from "node:crypto";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { z } from "zod";
import { usagePush, type CustomerUsage, type UsagePushed } from "../../contract/usage.ts";
import { hashToken } from "../lib/hash.ts";
import { findAsked } from "../pipeline/explain-subject.ts";
import { pushUsage } from "../pipeline/push-usage.ts";
import { showUsage, type UsageSource } from "../pipeline/show-usage.ts";
import type { UsageParts } from "../pipeline/keep-usage.ts";
import { AppError } from "../model/error.ts";
import type { Access } from "./access.ts";
import { parseInput } from "./input.ts";

/** Neither the token for usage nor the admin token came with the request. */
export class UsageTokenRequired extends AppError {
  readonly code = "USAGE_TOKEN_REQUIRED";
  readonly kind = "invalid";
  override readonly httpStatus = 401;
  constructor() {
    super("Send the token of DUNLIN_USAGE_TOKEN, or the admin token, as `Authorization: Bearer …`.");
  }
}

export type UsageDoor = UsageSource & {
  readonly nowMs: () => number;
  /** DUNLIN_USAGE_TOKEN, which opens the door to push and no other; without it the admin token alone is taken. */
  readonly token: string | undefined;
  /** Customers' jobs were queued. */
  readonly onPushed: () => void;
  readonly onCrossed?: UsageParts["onCrossed"];
};

const customerQuery = z.object({ account: z.string().min(1).max(64).optional() });

/** Adds `GET /api/usage/{customer}`, for who may use the admin API. */
export function addUsage(admin: FastifyInstance, door: UsageDoor): void {
  admin.get<{ Params: { customer: string } }>(
    "/api/usage/:customer",
    async (request, reply): Promise<CustomerUsage> => {
      const { account } = parseInput(customerQuery, request.query);
      void reply.header("cache-control", "no-store");
      const named = { name: request.params.customer, ...(account === undefined ? {} : { account }) };
      return showUsage(door, await findAsked(door.pool, named));
    },
  );
}

/**
 * Adds `POST /api/usage`: for who may use the admin API, and for who knows the token that opens this door alone. Answers
 * 200 when every entry counts, 207 when some were refused.
 */
export function addUsagePush(server: FastifyInstance, door: UsageDoor, access: Access): void {
  const guard = async (request: FastifyRequest): Promise<void> => {
    if (isBearer(request, door.token)) return;
    if (!access.isAllowed(request)) throw new UsageTokenRequired();
    access.refuseForeign(request);
  };
  server.post("/api/usage", { preHandler: guard }, async (request, reply): Promise<UsagePushed> => {
    const push = parseInput(usagePush, request.body);
    const { pool, nowMs, onCrossed } = door;
    const pushed = await pushUsage({ pool, nowMs, onCrossed, rules: await door.rules() }, push);
    if (pushed.counted > 0) door.onPushed();
    void reply.code(pushed.refused > 0 ? 207 : 200).header("cache-control", "no-store");
    return pushed;
  });
}

/** Hashes have one length, so that the comparison tells nothing of the token's. */
function isBearer(request: FastifyRequest, token: string | undefined): boolean {
  const given = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
  if (given === undefined || token === undefined) return false;
  return timingSafeEqual(Buffer.from(hashToken(given)), Buffer.from(hashToken(token)));
}
