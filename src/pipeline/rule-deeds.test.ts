/** What a run decides to do becomes one effect with the key of its instruction, or the reason why there is none. */
import { describe, expect, it } from "vitest";
import { aProfile } from "../../test/support/builders.ts";
import { aTrigger, mondayS } from "../../test/support/rules.ts";
import type { Act } from "../rules/program.ts";
import { planDeed, type Doer } from "./rule-deeds.ts";

type Outward = Exclude<Act, { readonly kind: "set" }>;

const texts = {
  hello: {
    en: { subject: "Your plan", body: "Hello **{{ customer.first_name }}**" },
    de: { subject: "Ihr Tarif", body: "Hallo **{{ customer.first_name }}**" },
  },
  failed: { en: { body: "{{ profile.plan }} failed" } },
  lacking: { en: { body: "{{ failure.reason }}" } },
};

function aDoer(parts: Partial<Doer> = {}): Doer {
  return {
    account: "main",
    customerId: "cus_1",
    key: "rule:1:0",
    telling: {
      document: { business: { name: "Lapwing" }, language: "en", texts },
      profile: aProfile({ name: "Ada Byron", locale: "de" }),
      trigger: aTrigger(),
      nowS: mondayS,
      timeZone: "Europe/Berlin",
    },
    sources: { link: async () => null, saving: async () => null },
    conversationId: null,
    draft: null,
    ...parts,
  };
}

type Values = Parameters<typeof planDeed>[0]["values"];

/** The effect of an act, or why there is none. */
async function doing(act: Outward, { values = {}, doer = {} }: { values?: Values; doer?: Partial<Doer> } = {}) {
  const planned = await planDeed({ at: 0, act, values }, aDoer(doer));
  return "why" in planned ? planned.why : planned.plan.effect;
}

const message = { kind: "message", channel: "chat", text: "hello", from: null, draft: null } as const;
const ticket = {
  kind: "ticket",
  type: "7001",
  title: "failed",
  description: null,
  attributes: {},
  team: null,
  teammate: null,
} as const;

describe("an act", () => {
  it("has the key of its run and instruction, and is urgent", async () => {
    expect(await planDeed({ at: 0, act: { kind: "tag", tag: "VIP" }, values: {} }, aDoer())).toEqual({
      plan: {
        account: "main",
        customerId: "cus_1",
        key: "rule:1:0",
        lane: "urgent",
        effect: { kind: "tag", tag: "VIP" },
      },
    });
  });

  it("that says something to the customer speaks their language", async () => {
    expect(await doing(message)).toEqual({
      kind: "message",
      channel: "inapp",
      text: "<p>Hallo <b>Ada</b></p>",
      guarantee: "at_most_once",
    });
    expect(await doing({ ...message, channel: "email", from: "814860" })).toEqual({
      kind: "message",
      channel: "email",
      subject: "Ihr Tarif",
      text: "<p>Hallo <b>Ada</b></p>",
      guarantee: "at_most_once",
      template: "plain",
      adminId: "814860",
    });
    expect(await doing({ kind: "conversation", text: "hello" })).toEqual({
      kind: "conversation",
      action: "open",
      text: "Hallo Ada",
    });
  });

  it("that tells teammates something speaks the document's", async () => {
    expect(await doing({ kind: "note", text: "hello", from: "814860" })).toEqual({
      kind: "note",
      text: "<p>Hello <b>Ada</b></p>",
      adminId: "814860",
    });
    const about = { description: "hello", team: "5001", teammate: "814860", attributes: {} } as const;
    expect(await doing({ ...ticket, ...about }, { values: { Amount: 49, Unknown: null } })).toEqual({
      kind: "ticket",
      ticketTypeId: "7001",
      title: "Pro failed",
      description: "Hello Ada",
      attributes: { Amount: 49 },
      assignedAdminId: "814860",
      assignedTeamId: "5001",
    });
  });

  it("is not done when its text lacks something", async () => {
    const why = "Not known: failure.reason.";

    expect(await doing({ ...message, text: "lacking" })).toBe(why);
    expect(await doing({ kind: "note", text: "lacking", from: null })).toBe(why);
    expect(await doing({ ...ticket, title: "lacking" })).toBe(why);
    expect(await doing({ ...ticket, description: "lacking" })).toBe(why);
    expect(await doing({ ...message, text: "nowhere" })).toBe("Not known: the text “nowhere”.");
  });

  it("assigns the conversation that there is", async () => {
    const act = { kind: "assign", to: { type: "team", id: "5001" } } as const;

    expect(await doing(act, { doer: { conversationId: "215" } })).toEqual({
      kind: "conversation",
      action: "assign",
      conversationId: "215",
      assignee: { type: "team", id: "5001" },
    });
    expect(await doing(act)).toBe("There is no conversation to assign.");
  });

  it("sets the priority of the conversation that there is", async () => {
    const act = { kind: "priority", priority: "high" } as const;

    expect(await doing(act, { doer: { conversationId: "215" } })).toEqual({
      kind: "conversation",
      action: "prioritise",
      conversationId: "215",
      priority: "high",
    });
    expect(await doing(act)).toBe("There is no conversation to set the priority of.");
  });

  it("tells a data event what is known, at this instant", async () => {
    const act = { kind: "data_event", name: "offer-made", metadata: {} } as const;

    expect(await doing(act, { values: { plan: "Pro", saving: null } })).toEqual({
      kind: "data_event",
      name: "offer-made",
      occurredAtS: mondayS,
      metadata: { plan: "Pro" },
    });
  });

  it("tells a webhook's receiver also whom it is about, and why", async () => {
    const act = { kind: "webhook", url: "https://hooks.example/dunlin", facts: {} } as const;

    expect(await doing(act, { values: { plan: "Pro" } })).toEqual({
      kind: "webhook",
      url: "https://hooks.example/dunlin",
      facts: { plan: "Pro", account: "main", customer_id: "cus_1", trigger: "payment_failed" },
    });
  });
});
