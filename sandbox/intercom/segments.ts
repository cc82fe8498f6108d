/** Segments and subscription types: the little of both that a billing product meets. */
import { z } from "zod";
import { findPerson } from "./person.ts";
import { notFound } from "./refusal.ts";
import { bodyRoute, ok, param, route, type Route } from "./route.ts";
import { idShape } from "./shapes.ts";
import type { Workspace } from "./workspace.ts";

type ConsentType = "opt_in" | "opt_out";

type SubscriptionType = { readonly id: string; readonly name: string; readonly consent_type: ConsentType };

/** Attaching an opt-out type to a person means that the person no longer wants it. */
const subscriptionTypes: readonly SubscriptionType[] = [
  { id: "91", name: "Product updates", consent_type: "opt_out" },
  { id: "93", name: "Newsletter", consent_type: "opt_in" },
];

const choiceBody = z.strictObject({ id: idShape, consent_type: z.enum(["opt_in", "opt_out"]) });

/** Segments are built by teammates; the sandbox has none. */
export function segmentRoutes(workspace: Workspace): readonly Route[] {
  const read = (path: string) => ({ method: "GET", path, scope: "read_users" }) as const;
  return [
    route(read("/segments"), () => ok({ type: "segment.list", segments: [], pages: {} })),
    route(read("/segments/:id"), () => {
      throw notFound();
    }),
    route(read("/contacts/:id/segments"), (call) => {
      findPerson(workspace, param(call, "id"));
      return ok({ type: "list", data: [] });
    }),
  ];
}

/** Subscription types and what people chose. */
export function subscriptionRoutes(workspace: Workspace): readonly Route[] {
  const path = "/contacts/:id/subscriptions";
  const scope = "write_users";
  return [
    route({ method: "GET", path: "/subscription_types", scope: "read_users" }, () =>
      ok({ type: "list", data: subscriptionTypes.map(view) }),
    ),
    route({ method: "GET", path, scope: "read_users" }, (call) => {
      const chosen = findPerson(workspace, param(call, "id")).subscriptions;
      return ok({ type: "list", data: chosen.map((choice) => view(findType(choice.id))) });
    }),
    bodyRoute({ method: "POST", path, scope, body: choiceBody }, (call) =>
      ok(choose(workspace, param(call, "id"), call.body)),
    ),
    route({ method: "DELETE", path: `${path}/:subscription_id`, scope }, (call) =>
      ok(forget(workspace, param(call, "id"), param(call, "subscription_id"))),
    ),
  ];
}

function choose(workspace: Workspace, contactId: string, choice: z.output<typeof choiceBody>) {
  const contact = findPerson(workspace, contactId);
  const type = findType(choice.id);
  const others = contact.subscriptions.filter((other) => other.id !== type.id);
  workspace.people.save({ ...contact, subscriptions: [...others, choice], updated_at: workspace.nowS() });
  const topic = choice.consent_type === "opt_out" ? "granular.unsubscribe" : "granular.subscribe";
  workspace.notify(topic, () => ({
    type: "granular_subscription",
    contact: { type: "contact", id: contact.id },
    subscription_type: view(type),
  }));
  return view(type);
}

function forget(workspace: Workspace, contactId: string, typeId: string) {
  const contact = findPerson(workspace, contactId);
  const type = findType(typeId);
  const others = contact.subscriptions.filter((other) => other.id !== type.id);
  workspace.people.save({ ...contact, subscriptions: others, updated_at: workspace.nowS() });
  return view(type);
}

function findType(id: string): SubscriptionType {
  const type = subscriptionTypes.find((candidate) => candidate.id === id);
  if (type === undefined) throw notFound();
  return type;
}

function view(type: SubscriptionType) {
  const translation = { name: type.name, description: type.name, locale: "en" };
  return {
    type: "subscription",
    id: type.id,
    state: "live",
    consent_type: type.consent_type,
    default_translation: translation,
    translations: [translation],
    content_types: ["email"],
  };
}
