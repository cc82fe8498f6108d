/** Webhook endpoints. The signing secret is shown once, in the answer to the creation. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import { API_VERSION } from "../objects/shared.ts";
import type { WebhookEndpoint } from "../objects/webhook-endpoint.ts";
import type { World } from "../world.ts";

const ENDPOINTS_MAX = 16;

const fields = {
  description: p.clearableText.optional(),
  metadata: p.metadata.optional(),
};

const createParams = z.strictObject({
  ...fields,
  api_version: p.text.optional(),
  connect: p.flag.optional(),
  enabled_events: p.texts.min(1),
  url: p.text,
});

const updateParams = z.strictObject({
  ...fields,
  disabled: p.flag.optional(),
  enabled_events: p.texts.optional(),
  url: p.text.optional(),
});

export type EndpointInput = z.output<typeof createParams>;

/** Adds an endpoint; the answer is the only one with the secret in it. */
export function createEndpoint(world: World, input: EndpointInput): WebhookEndpoint {
  if (!/^https?:\/\//.test(input.url)) throw StripeError.invalid(`Invalid URL: ${input.url}`, "url", "url_invalid");
  if (world.tables.webhookEndpoints.size >= ENDPOINTS_MAX) {
    throw StripeError.invalid(`You have reached the maximum of ${ENDPOINTS_MAX} test webhook endpoints.`);
  }
  return world.create(world.tables.webhookEndpoints, {
    id: world.id("we"),
    object: "webhook_endpoint" as const,
    api_version: input.api_version ?? API_VERSION,
    application: null,
    created: world.now(),
    description: input.description ?? null,
    enabled_events: input.enabled_events,
    livemode: false as const,
    metadata: p.mergeMetadata({}, input.metadata),
    secret: `whsec_${world.kernel.random.token(32)}`,
    status: "enabled" as const,
    url: input.url,
  });
}

export const webhookEndpointRoutes = [
  route({
    method: "POST",
    path: "/v1/webhook_endpoints",
    permission: "webhook",
    params: createParams,
    run: ({ world, params }) => createEndpoint(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/webhook_endpoints",
    permission: "webhook",
    params: z.strictObject(p.paging),
    run: ({ world, params, url }) => {
      const page = pageOf(world.tables.webhookEndpoints, { url, paging: params });
      return { ...page, data: page.data.map(withoutSecret) };
    },
  }),
  route({
    method: "GET",
    path: "/v1/webhook_endpoints/:id",
    permission: "webhook",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => withoutSecret(requireEndpoint(world, id)),
  }),
  route({
    method: "POST",
    path: "/v1/webhook_endpoints/:id",
    permission: "webhook",
    params: updateParams,
    run: ({ world, params, ids: [id = ""] }) => withoutSecret(update(world, requireEndpoint(world, id), params)),
  }),
  route({
    method: "DELETE",
    path: "/v1/webhook_endpoints/:id",
    permission: "webhook",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => {
      world.tables.webhookEndpoints.delete(requireEndpoint(world, id).id);
      return { id, object: "webhook_endpoint", deleted: true };
    },
  }),
];

function update(world: World, endpoint: WebhookEndpoint, input: z.output<typeof updateParams>): WebhookEndpoint {
  const status = input.disabled === undefined ? endpoint.status : input.disabled ? "disabled" : "enabled";
  return world.update(world.tables.webhookEndpoints, endpoint, {
    description: input.description === undefined ? endpoint.description : input.description,
    enabled_events: input.enabled_events ?? endpoint.enabled_events,
    metadata: p.mergeMetadata(endpoint.metadata, input.metadata),
    status,
    url: input.url ?? endpoint.url,
  });
}

function withoutSecret({ secret: _shownOnce, ...shown }: WebhookEndpoint): Omit<WebhookEndpoint, "secret"> {
  return shown;
}

function requireEndpoint(world: World, id: string): WebhookEndpoint {
  const endpoint = world.tables.webhookEndpoints.get(id);
  if (endpoint === undefined) throw StripeError.missing("webhook endpoint", id);
  return endpoint;
}
