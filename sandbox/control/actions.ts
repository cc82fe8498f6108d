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
  startTrial: { days: z.number().int().positive().max(730).optional(), priceId: text.optional() },
  closeDispute: { result: z.enum(["won", "lost"]).optional() },
  refund: { amount: z.number().int().positive().optional() },
  reportUsage: { value: z.number().int().positive().max(1_000_000).optional() },
  addCredit: { amount: z.number().int().positive().max(100_000_000).optional() },
  updateCustomer: { name: text.optional(), email: address.optional() },
};

/** What a person says or a teammate does; each answers what became of it. */
const talkActions = {
  replyInMessenger: (intercom, contact, text) => ({ conversation: intercom.userReplies(contact, text).id }),
  startConversation: (intercom, contact, text) => ({ conversation: intercom.userStarts(contact, text).id }),
  replyToTicket: (intercom, contact, text) => ({ ticket: intercom.userRepliesToTicket(contact, text).id }),
  answerConversation: (intercom, contact, text) => ({ conversation: intercom.teammateReplies(contact, text).id }),
} as const satisfies Readonly<
  Record<string, (intercom: ControlParts["intercom"], contact: string, text: string) => object>
>;

/** What a teammate does to a contact with a tag. */
const tagActions = ["tagContact", "untagContact"] as const;

const contactActions = {
  editContact: {
    name: text.nullable().optional(),
    email: address.optional(),
    unsubscribed_from_emails: z.boolean().optional(),
  },
  closeConversations: {},
  archiveContact: {},
  deleteContact: {},
} as const satisfies Readonly<Record<string, z.ZodRawShape>>;

/** All names that `POST /control/actions` knows. */
export const actionNames: readonly string[] = [
  ...scenarioNames,
  ...Object.keys(talkActions),
  ...tagActions,
  ...Object.keys(contactActions),
];

/** Does one action. Whatever stands in its way becomes an error that the page can show. */
export async function runAction(parts: ControlParts, body: unknown): Promise<unknown> {
  const { action } = read(z.looseObject({ action: z.string() }), body);
  const scenario = scenarioNames.find((name) => name === action);
  if (scenario !== undefined) return await runScenario(parts, scenario, body);
  if (isTalk(action)) return talk(parts, action, body);
  const tagging = tagActions.find((name) => name === action);
  if (tagging !== undefined) return changeTag(parts, tagging, body);
  if (action === "closeConversations") return closeConversations(parts, body);
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

function isTalk(action: string): action is keyof typeof talkActions {
  return Object.hasOwn(talkActions, action);
}

async function talk({ intercom }: ControlParts, action: keyof typeof talkActions, body: unknown): Promise<unknown> {
  const said = read(z.strictObject({ ...person, text }), body);
  return await tried(() => talkActions[action](intercom, said.contact, said.text));
}

async function changeTag(
  { intercom }: ControlParts,
  action: (typeof tagActions)[number],
  body: unknown,
): Promise<unknown> {
  const { contact, tag } = read(z.strictObject({ ...person, tag: text.max(255) }), body);
  return await tried(() => {
    intercom[action](contact, tag);
    return { contact };
  });
}

async function closeConversations({ intercom }: ControlParts, body: unknown): Promise<unknown> {
  const { contact } = read(z.strictObject(person), body);
  return await tried(() => ({ conversations: intercom.closeConversations(contact).map(({ id }) => id) }));
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
