/** Lets a language model phrase a message, by any endpoint that speaks OpenAI's chat completions; the rule's own text is sent when it cannot. */
import { z } from "zod";
import type { RulesDocument } from "../../contract/rule.ts";
import { isPrivateHost } from "../lib/private-host.ts";
import { languageOf } from "./rule-texts.ts";
import type { DraftMaker } from "./turn.ts";
import { checkDraft, promptFor, type DraftOrder } from "../rules/draft/draft.ts";

export type DraftSettings = {
  /** Of the rules document; without one nothing is asked. */
  readonly model: RulesDocument["model"];
  /** Models on one's own machine mostly want none. */
  readonly apiKey: string | undefined;
};

/** The message in HTML, and whether a model phrased it; `why` is a sentence for people, without the message's content. */
export type DraftedText =
  | { readonly text: string; readonly byModel: true }
  | { readonly text: string; readonly byModel: false; readonly why: string };

/**
 * What phrases messages for the rules in force, in the customer's language. Beside the text the model learns the name of the
 * business, so that it invents none, and nothing else.
 */
export function draftMaker(apiKey: string | undefined): DraftMaker {
  return ({ rules: { document }, instruction, body, known }) =>
    draftText(
      { model: document.model, apiKey },
      {
        base: body,
        instruction,
        facts: { business: document.business.name },
        language: languageOf(known.person.profile.locale, document.language),
      },
    );
}

type Model = NonNullable<RulesDocument["model"]>;

/** One attempt more, by the SDK: on broken connections, 408, 409, 429 and 5xx. */
const retryMax = 1;

const completion = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
});

/**
 * A message in the model's words, checked against the facts that it was given. Never throws and never takes longer than twice the
 * document's timeout; nothing of the message is logged.
 */
export async function draftText({ model, apiKey }: DraftSettings, order: DraftOrder): Promise<DraftedText> {
  const plain = (why: string): DraftedText => ({ text: order.base, byModel: false, why });
  if (model === undefined) return plain("The rules name no language model.");
  if (!isSafe(model.url))
    return plain("The language model's address must begin with https:// unless it is on a private network.");
  try {
    const answer = await within(model.timeoutSeconds * 1000 * (1 + retryMax), (signal) =>
      ask(model, { apiKey, order, signal }),
    );
    const parsed = completion.safeParse(answer);
    const content = parsed.data?.choices[0]?.message.content;
    if (content === undefined) return plain("The language model's answer cannot be read.");
    const draft = checkDraft(content, order);
    if ("refused" in draft) return plain(`The language model's text was not taken: ${draft.refused}.`);
    return { text: draft.html, byModel: true };
  } catch (error) {
    return plain(failureOf(error));
  }
}

type Asking = { readonly apiKey: string | undefined; readonly order: DraftOrder; readonly signal: AbortSignal };

/** The SDK is loaded by who uses it. What it would read from the environment is turned off: the settings are ours. */
async function ask(model: Model, { apiKey, order, signal }: Asking): Promise<unknown> {
  const { default: OpenAI } = await import("openai");
  const client = new OpenAI({
    baseURL: model.url,
    apiKey: apiKey ?? "none",
    organization: null,
    project: null,
    webhookSecret: null,
    timeout: model.timeoutSeconds * 1000,
    maxRetries: retryMax,
    logLevel: "off",
    fetchOptions: { redirect: "error" },
  });
  const { system, user } = promptFor(order);
  return client.chat.completions.create(
    {
      model: model.name,
      messages: [
        { role: "system", content: system },
        { role: "user", content: user },
      ],
    },
    { signal },
  );
}

/** The SDK's timeout ends with the answer's headers; this one holds for the answer as a whole, and for waiting between attempts. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(ms);
  const { promise, stop } = rejectionOf(signal);
  try {
    return await Promise.race([work(signal), promise]);
  } finally {
    stop();
  }
}

function rejectionOf(signal: AbortSignal): { readonly promise: Promise<never>; readonly stop: () => void } {
  let stop = (): void => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    const giveUp = (): void => reject(new DOMException("The model took too long.", "TimeoutError"));
    signal.addEventListener("abort", giveUp, { once: true });
    stop = () => signal.removeEventListener("abort", giveUp);
  });
  return { promise, stop };
}

/** A key in the open is everybody's. */
function isSafe(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "https:" || (protocol === "http:" && isPrivateHost(hostname));
}

/** The SDK's own messages may quote the answer, so that only the status is told. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return "The language model could not be asked.";
  const status = "status" in error && typeof error.status === "number" ? error.status : null;
  if (status === 401 || status === 403) return `The language model refused the key (${status}); see AI_API_KEY.`;
  if (status !== null) return `The language model answered with ${status}.`;
  return /timeout|abort/i.test(`${error.name} ${error.constructor.name}`)
    ? "The language model took too long."
    : "The language model could not be reached.";
}
