/** A program of the operator's that sends notes and messages through the ledger, and asks again until it is answered. */
import { setTimeout as delay } from "node:timers/promises";
import { effectDetails, type EffectDetails, type EffectRequest } from "../../../contract/effect.ts";
import type { Conversation, Message, Note } from "../../../sandbox/intercom/rows.ts";
import type { Random } from "../../../sandbox/kernel/types.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { eventually } from "../wait.ts";

export type EffectsParts = { readonly sandbox: Sandbox; readonly url: string; readonly random: Random };

type Sent = { readonly request: EffectRequest; readonly id: string };

const acceptedWithinMs = 60_000;

export class EffectsProgram {
  readonly #parts: EffectsParts;
  readonly #sent: Sent[] = [];
  readonly #texts: string[] = [];
  #count = 0;

  constructor(parts: EffectsParts) {
    this.#parts = parts;
  }

  get count(): number {
    return this.#sent.length;
  }

  /** Sends one after the other until the time is over. */
  async run(endMs: number, everyMs: number): Promise<void> {
    const under: Promise<void>[] = [];
    while (performance.now() < endMs) {
      under.push(this.#send(this.#invent()));
      await delay(everyMs);
    }
    await Promise.all(under);
  }

  /** Whatever exists twice, or is missing although the ledger says that it happened. */
  async problems(): Promise<readonly string[]> {
    const entries = await Promise.all(this.#sent.map(({ id }) => this.#read(id)));
    return kinds.flatMap((kind) => this.#compare(kind, entries));
  }

  /** Some texts come more than once: what is looked for by its text must not be taken for another one's. */
  #invent(): EffectRequest {
    const { sandbox, random } = this.#parts;
    this.#count += 1;
    const own = `Chaos says #${this.#count}#.`;
    const again = this.#texts.length > 0 && random.next() < 0.2;
    const text = again ? random.pick(this.#texts) : own;
    if (!again) this.#texts.push(own);
    // Without a user id two contacts may answer to the address, and then a person has to decide first.
    const known = sandbox.stripe.world.tables.customers
      .all()
      .filter(({ metadata }) => metadata["user_id"] !== undefined);
    const customerId = random.pick(known).id;
    const envelope = { key: `chaos/${this.#count}`, account: "main", customerId, lane: "urgent" } as const;
    const guarantee = "at_most_once" as const;
    switch (random.pick(kinds)) {
      case "note":
        return { ...envelope, kind: "note", text };
      case "conversation":
        return { ...envelope, kind: "conversation", action: "open", text };
      case "message":
        return random.next() < 0.5
          ? { ...envelope, kind: "message", channel: "inapp", text, guarantee }
          : { ...envelope, kind: "message", channel: "email", subject: "Chaos", template: "plain", text, guarantee };
    }
  }

  /** Under the same key until there is an answer; at times twice at once, as two programs would that do not know of each other. */
  async #send(request: EffectRequest): Promise<void> {
    const times = this.#parts.random.next() < 0.3 ? 2 : 1;
    const ids = await Promise.all(Array.from({ length: times }, () => this.#post(request)));
    const [id, other = id] = ids;
    if (id === undefined || id !== other)
      throw new Error(`The key ${request.key} became two effects: ${ids.join(", ")}`);
    this.#sent.push({ request, id });
  }

  #post(request: EffectRequest): Promise<string> {
    return eventually(
      async () => {
        const headers = { "content-type": "application/json" };
        const options = { method: "POST", headers, body: JSON.stringify(request), signal: AbortSignal.timeout(5000) };
        const answer = await fetch(`${this.#parts.url}/api/effects`, options);
        if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
        return effectDetails.parse(await answer.json()).id;
      },
      { withinMs: acceptedWithinMs, everyMs: 250 },
    );
  }

  #read(id: string): Promise<EffectDetails> {
    return eventually(
      async () => effectDetails.parse(await (await fetch(`${this.#parts.url}/api/effects/${id}`)).json()),
      { withinMs: 10_000 },
    );
  }

  #compare(kind: Kind, entries: readonly EffectDetails[]): readonly string[] {
    const bodies = bodiesOf(kind, this.#parts.sandbox);
    return this.#texts.flatMap((text) => {
      const asked = entries.filter((entry) => entry.kind === kind && entry.effect["text"] === text);
      const confirmed = asked.filter(({ state }) => state === "confirmed").length;
      // Who was told at most once, and never heard of, may have been told.
      const doubtful = asked.filter(
        ({ state }) => state === "failed" || state === "unknown" || state === "sent",
      ).length;
      const found = bodies.filter((body) => body.includes(text)).length;
      const isRight = found >= confirmed && found <= confirmed + doubtful;
      const lost = asked.filter(({ state, guarantee }) => state === "failed" && guarantee === "verified");
      return [
        ...(isRight
          ? []
          : [`"${text}" is there as ${kind} ${found} times; ${confirmed} are confirmed, ${doubtful} in doubt`]),
        ...lost.map(({ key, error }) => `${kind} ${key} was given up: ${error?.code} ${error?.message}`),
      ];
    });
  }
}

const kinds = ["note", "message", "conversation"] as const;
type Kind = (typeof kinds)[number];

/** What is there of a kind, by what it says. A message's own conversation is not counted as one more. */
function bodiesOf(kind: Kind, { kernel: { store } }: Sandbox): readonly string[] {
  switch (kind) {
    case "note":
      return store
        .collection<Note>("intercom_notes")
        .all()
        .map(({ body }) => body);
    case "message":
      return store
        .collection<Message>("intercom_messages")
        .all()
        .map(({ body }) => body);
    case "conversation":
      return store
        .collection<Conversation>("intercom_conversations")
        .all()
        .filter(({ source }) => source.delivered_as === "customer_initiated")
        .map(({ source }) => source.body);
  }
}
