/** The customer portal: configurations, and short-lived links for one customer. */
import { z } from "zod";
import { StripeError } from "../api/errors.ts";
import { pageOf } from "../api/pages.ts";
import * as p from "../api/params.ts";
import { route } from "../api/routing.ts";
import type { PortalConfiguration, PortalFlow, PortalSession } from "../objects/portal.ts";
import type { World } from "../world.ts";
import { requireCustomer } from "./customers.ts";
import { requireSubscription } from "./subscription-updates.ts";

const onSubscription = z.strictObject({ subscription: p.text, retention: z.unknown().optional() });

const sessionParams = z.strictObject({
  configuration: p.text.optional(),
  customer: p.text,
  flow_data: z
    .strictObject({
      after_completion: z
        .strictObject({
          hosted_confirmation: z.strictObject({ custom_message: p.text.optional() }).optional(),
          redirect: z.strictObject({ return_url: p.text }).optional(),
          type: z.enum(["hosted_confirmation", "portal_homepage", "redirect"]),
        })
        .optional(),
      subscription_cancel: onSubscription.optional(),
      subscription_pause: onSubscription.optional(),
      subscription_update: onSubscription.optional(),
      subscription_update_confirm: z
        .strictObject({
          discounts: z.unknown().optional(),
          items: z.array(z.strictObject({ id: p.text, price: p.text.optional(), quantity: p.integer.optional() })),
          subscription: p.text,
        })
        .optional(),
      type: z.enum([
        "customer_update",
        "payment_method_update",
        "subscription_cancel",
        "subscription_pause",
        "subscription_update",
        "subscription_update_confirm",
      ]),
    })
    .optional(),
  locale: p.text.optional(),
  return_url: p.text.optional(),
});

const configurationParams = z.strictObject({
  active: p.flag.optional(),
  business_profile: z
    .strictObject({
      headline: p.clearableText.optional(),
      privacy_policy_url: p.text.optional(),
      terms_of_service_url: p.text.optional(),
    })
    .optional(),
  default_return_url: p.clearableText.optional(),
  features: z.record(z.string(), z.unknown()).optional(),
  login_page: z.strictObject({ enabled: p.flag }).optional(),
  metadata: p.metadata.optional(),
  name: p.clearableText.optional(),
});

type ConfigurationInput = z.output<typeof configurationParams>;

/** Creates a configuration; the first one is the default. */
export function createConfiguration(world: World, input: ConfigurationInput): PortalConfiguration {
  const born: PortalConfiguration = {
    id: world.id("bpc"),
    object: "billing_portal.configuration",
    active: true,
    application: null,
    business_profile: { headline: null, privacy_policy_url: null, terms_of_service_url: null },
    created: world.now(),
    default_return_url: null,
    features: DEFAULT_FEATURES,
    is_default: world.tables.portalConfigurations.size === 0,
    livemode: false,
    login_page: { enabled: false, url: null },
    metadata: {},
    name: null,
    updated: world.now(),
  };
  const configuration = { ...born, ...patchOf(born, input) };
  return world.create(world.tables.portalConfigurations, configuration, "billing_portal.configuration.created");
}

export const portalRoutes = [
  route({
    method: "POST",
    path: "/v1/billing_portal/sessions",
    permission: "customer_portal",
    params: sessionParams,
    run: ({ world, params }) => createSession(world, params),
  }),
  route({
    method: "POST",
    path: "/v1/billing_portal/configurations",
    permission: "customer_portal",
    params: configurationParams,
    run: ({ world, params }) => createConfiguration(world, params),
  }),
  route({
    method: "GET",
    path: "/v1/billing_portal/configurations",
    permission: "customer_portal",
    params: z.strictObject({ ...p.paging, active: p.flag.optional(), is_default: p.flag.optional() }),
    run: ({ world, params, url }) => {
      const { active, is_default: isDefault } = params;
      const matches = (row: PortalConfiguration) =>
        (active === undefined || row.active === active) && (isDefault === undefined || row.is_default === isDefault);
      return pageOf(world.tables.portalConfigurations, { url, paging: params, matches });
    },
  }),
  route({
    method: "GET",
    path: "/v1/billing_portal/configurations/:id",
    permission: "customer_portal",
    params: z.strictObject({}),
    run: ({ world, ids: [id = ""] }) => requireConfiguration(world, id, "id"),
  }),
  route({
    method: "POST",
    path: "/v1/billing_portal/configurations/:id",
    permission: "customer_portal",
    params: configurationParams,
    run: ({ world, params, ids: [id = ""] }) => {
      const known = requireConfiguration(world, id, "id");
      const patch = { ...patchOf(known, params), updated: world.now() };
      return world.update(world.tables.portalConfigurations, known, patch, "billing_portal.configuration.updated");
    },
  }),
];

function createSession(world: World, input: z.output<typeof sessionParams>): PortalSession {
  const customer = requireCustomer(world, input.customer);
  const configuration = configurationFor(world, input.configuration);
  checkFlow(world, customer.id, input.flow_data);
  const id = world.id("bps");
  const session: PortalSession = {
    id,
    object: "billing_portal.session",
    configuration: configuration.id,
    created: world.now(),
    customer: customer.id,
    customer_account: null,
    flow: input.flow_data === undefined ? null : flowOf(input.flow_data),
    livemode: false,
    locale: input.locale ?? null,
    on_behalf_of: null,
    return_url: input.return_url ?? configuration.default_return_url,
    url: `${world.pagesUrl}/p/session/test_${world.kernel.random.token(32)}`,
  };
  world.tables.portalSessions.put(session);
  world.events.emit("billing_portal.session.created", session);
  return session;
}

function configurationFor(world: World, id: string | undefined): PortalConfiguration {
  if (id !== undefined) return requireConfiguration(world, id, "configuration");
  const configuration = world.tables.portalConfigurations.all().find((row) => row.is_default && row.active);
  if (configuration === undefined) {
    throw StripeError.invalid(
      "No configuration provided and your test mode default configuration has not been created. " +
        "Provide a configuration or create your default by saving your customer portal settings in test mode.",
    );
  }
  return configuration;
}

type FlowInput = NonNullable<z.output<typeof sessionParams>["flow_data"]>;

function checkFlow(world: World, customerId: string, flow: FlowInput | undefined): void {
  const details = [
    flow?.subscription_cancel,
    flow?.subscription_pause,
    flow?.subscription_update,
    flow?.subscription_update_confirm,
  ];
  for (const detail of details) {
    if (detail === undefined) continue;
    const subscription = requireSubscription(world, detail.subscription, "flow_data[subscription]");
    if (subscription.customer !== customerId)
      throw StripeError.missing("subscription", detail.subscription, "flow_data[subscription]");
  }
  if (flow?.subscription_update_confirm !== undefined) checkConfirm(world, flow.subscription_update_confirm);
}

/** "Currently, only up to one may be specified and subscriptions with multiple items are not updatable." */
function checkConfirm(world: World, confirm: NonNullable<FlowInput["subscription_update_confirm"]>): void {
  const subscription = requireSubscription(world, confirm.subscription);
  const [item, ...more] = confirm.items;
  if (item === undefined || more.length > 0 || subscription.items.data.length > 1) {
    throw StripeError.invalid(
      "This subscription cannot be updated because it has multiple items.",
      "flow_data[subscription_update_confirm][items]",
    );
  }
  if (subscription.items.data[0]?.id !== item.id) throw StripeError.missing("subscription_item", item.id, "flow_data");
}

function flowOf(flow: FlowInput): PortalFlow {
  return {
    after_completion: afterCompletion(flow),
    customer_update: flow.type === "customer_update" ? {} : null,
    subscription_cancel:
      flow.subscription_cancel === undefined ? null : { retention: null, ...flow.subscription_cancel },
    subscription_pause: flow.subscription_pause ?? null,
    subscription_update: flow.subscription_update ?? null,
    subscription_update_confirm:
      flow.subscription_update_confirm === undefined ? null : { discounts: null, ...flow.subscription_update_confirm },
    type: flow.type,
  };
}

function afterCompletion({ after_completion: given }: FlowInput): PortalFlow["after_completion"] {
  const message = given?.hosted_confirmation;
  return {
    hosted_confirmation: message === undefined ? null : { custom_message: message.custom_message ?? null },
    redirect: given?.redirect ?? null,
    type: given?.type ?? "portal_homepage",
  };
}

function patchOf(known: PortalConfiguration, input: ConfigurationInput): Partial<PortalConfiguration> {
  const profile = Object.entries(input.business_profile ?? {}).filter(([, value]) => value !== undefined);
  return {
    active: input.active ?? known.active,
    business_profile: { ...known.business_profile, ...Object.fromEntries(profile) },
    default_return_url: input.default_return_url === undefined ? known.default_return_url : input.default_return_url,
    features: input.features === undefined ? known.features : { ...known.features, ...input.features },
    login_page:
      input.login_page === undefined ? known.login_page : { ...known.login_page, enabled: input.login_page.enabled },
    metadata: p.mergeMetadata(known.metadata, input.metadata),
    name: input.name === undefined ? known.name : input.name,
  };
}

const DEFAULT_FEATURES = {
  customer_update: { allowed_updates: ["email", "address"], enabled: true },
  invoice_history: { enabled: true },
  payment_method_update: { enabled: true, payment_method_configuration: null },
  subscription_cancel: {
    cancellation_reason: {
      enabled: true,
      feedback_options: null,
      options: ["too_expensive", "missing_features", "unused", "other"],
    },
    enabled: true,
    mode: "at_period_end",
    proration_behavior: "none",
  },
  subscription_pause: { duration: { interval_options: [], type: "indefinite" }, enabled: false },
  subscription_update: {
    billing_cycle_anchor: null,
    default_allowed_updates: ["price"],
    enabled: true,
    products: [],
    proration_behavior: "create_prorations",
    schedule_at_period_end: { conditions: [] },
    trial_update_behavior: "end_trial",
  },
};

function requireConfiguration(world: World, id: string, param: string): PortalConfiguration {
  const configuration = world.tables.portalConfigurations.get(id);
  if (configuration === undefined) throw StripeError.missing("configuration", id, param);
  return configuration;
}
