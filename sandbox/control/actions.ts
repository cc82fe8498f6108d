/** What the buttons do: each action by name, with what it needs and who does it. */
import { z } from "zod";
import { ControlError } from "./door.ts";
import { scenarioNames, type ControlParts, type ScenarioName } from "./parts.ts";

const text = z.string().trim().min(1).max(2000);
const address = z
  .string()
  .trim()
  .regex(/^[^\s@]+@[^\s@]+$/, "is not an e-mail address");

/** What an action of Stripe may be told besides the customer. */
const scenarioOptions: Partial<Readonly<Record<ScenarioName, z.ZodRawShape>>> = {
  // A customer that Stripe does not know yet buys as somebody new.
  checkout: { priceId: text.optional(), name: text.optional(), email: address.optional() },
  refund: { amount: z.number().int().positive().optional() },
  reportUsage: { value: z.number().int().positive().max(1_000_000).optional() },
  addCredit: { amount: z.number().int().positive().max(100_000_000).optional() },
  updateCustomer: { name: text.optional(), email: address.optional() },
};

const contactActions = {
  replyInMessenger: { text },
  editContact: {
    name: text.nullable().optional(),
    email: address.optional(),
    unsubscribed_from_emails: z.boolean().optional(),
  },
  archiveContact: {},
  deleteContact: {},
} as const satisfies Readonly<Record<string, z.ZodRawShape>>;

/** All names that `POST /control/actions` knows. */
export const actionNames: readonly string[] = [...scenarioNames, ...Object.keys(contactActions)];

/** Does one action. Whatever stands in its way becomes an error that the page can show. */
export async function runAction(parts: ControlParts, body: unknown): Promise<unknown> {
  const { action } = read(z.looseObject({ action: z.string() }), body);
  const scenario = scenarioNames.find((name) => name === action);
  if (scenario !== undefined) return await runScenario(parts, scenario, body);
  if (action === "replyInMessenger") return replyInMessenger(parts, body);
  if (action === "editContact") return editContact(parts, body);
  if (action === "archiveContact" || action === "deleteContact") return removeContact(parts, action, body);
  throw new ControlError(400, `There is no action "${action}". Known are: ${actionNames.join(", ")}.`);
}

async function runScenario(parts: ControlParts, name: ScenarioName, body: unknown): Promise<unknown> {
  const shape = z.strictObject({ action: z.string(), customer: text, ...scenarioOptions[name] });
  const { action: _name, customer, ...options } = read(shape, body);
  return await tried(() => parts.stripe.scenarios[name](customer, options));
}

const person = { action: z.string(), contact: text } as const;

async function replyInMessenger({ intercom }: ControlParts, body: unknown): Promise<unknown> {
  const reply = read(z.strictObject({ ...person, ...contactActions.replyInMessenger }), body);
  return await tried(() => ({ conversation: intercom.userReplies(reply.contact, reply.text).id }));
}

async function editContact({ intercom }: ControlParts, body: unknown): Promise<unknown> {
  const { action: _name, contact, ...patch } = read(z.strictObject({ ...person, ...contactActions.editContact }), body);
  return await tried(() => ({ contact: intercom.editContact(contact, patch).id }));
}

async function removeContact(
  { intercom }: ControlParts,
  action: "archiveContact" | "deleteContact",
  body: unknown,
): Promise<unknown> {
  const { contact } = read(z.strictObject(person), body);
  return await tried(() => {
    intercom[action](contact);
    return { contact };
  });
}

/** A refusal of a vendor is not the sandbox's fault: the page shows its words. */
async function tried(run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Error) throw new ControlError(409, error.message);
    throw error;
  }
}

/** The value in its expected shape, or a 400 that says what is wrong with it. */
export function read<T>(shape: z.ZodType<T>, value: unknown): T {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const place = issue.path.join(".");
    return place === "" ? issue.message : `${place}: ${issue.message}`;
  });
  throw new ControlError(400, `${problems.join("; ")}.`);
}
