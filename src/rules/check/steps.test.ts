/** What a step cannot do is found before anybody meets it. */
import { describe, expect, it } from "vitest";
import { aDocument, inSteps, message, problemsOf } from "../../../test/support/rule-documents.ts";
import { ruleVocabulary } from "../../pipeline/rule-vocabulary.ts";
import { checkRules } from "../check-document.ts";

describe("a step", () => {
  it.each<[object, string]>([
    [{ set: { attribute: "vip", type: "boolean", value: "yes" } }, 'set.value: "yes" cannot be written as boolean'],
    [{ set: { attribute: "seats", type: "integer", value: 1.5 } }, "set.value: 1.5 cannot be written as integer"],
    [{ set: { attribute: "since", type: "date", value: "31.12.2026" } }, 'set.value: "31.12.2026" is no date'],
    [{ set: { attribute: "since", type: "date", value: "2026-13-01" } }, 'set.value: "2026-13-01" is no date'],
    [{ set: { attribute: "since", type: "date", value: "2026-02-30" } }, 'set.value: "2026-02-30" is no date'],
    [
      { set: { attribute: "plan_is", type: "integer", value: { cel: "profile.plan" } } },
      "set.value.cel: it answers text, which is no integer; make one of it with int(…)",
    ],
    [
      { set: { attribute: "all", type: "string", value: { cel: "profile" } } },
      "set.value.cel: it answers all fields of a variable, which cannot be sent",
    ],
    [
      { set: { attribute: "email", type: "string", value: "x" } },
      "set.attribute: “email” is a field of Intercom's own",
    ],
    [
      { set: { attribute: "constructor", type: "string", value: "x" } },
      "set.attribute: “constructor” means something of its own",
    ],
    [
      { set: { attribute: "Stripe_Plan", type: "string", value: "x" } },
      "set.attribute: the mapping writes “Stripe_Plan” already",
    ],
    [{ tag: "two\nlines" }, "tag: a name is one line"],
    [
      { message: { channel: "chat", text: "helo" } },
      "message.text: there is no text “helo” in texts; did you mean “hello”?",
    ],
    [
      { message: { ...message.message, draft: { instruction: "Be kind." } } },
      "message.draft: no language model is set",
    ],
    [
      { dataEvent: { name: "met", metadata: Object.fromEntries("abcdefghijk".split("").map((key) => [key, 1])) } },
      "dataEvent.metadata: it has 11 keys; Intercom keeps 10 of one event",
    ],
    [
      { dataEvent: { name: "met", metadata: { all: { cel: "[1, 2]" } } } },
      "dataEvent.metadata.all.cel: it answers a list",
    ],
    [{ webhook: { url: "https://10.0.0.8/hook" } }, "webhook.url: “10.0.0.8” is not on the public internet"],
    [{ webhook: { url: "https://localhost:8080/hook" } }, "webhook.url: “localhost” is not on the public internet"],
    [
      { webhook: { url: "https://example.com/", facts: { trigger: 1 } } },
      "webhook.facts.trigger: “trigger” is told by itself",
    ],
    [{ webhook: { url: "https://me:secret@example.com/" } }, "webhook.url: there is a password in it"],
  ])("%j is refused", (step, problem) => {
    expect(problemsOf(aDocument({ steps: [message, step] }), new Set(["stripe_plan"]))).toEqual([
      expect.stringContaining(`error rules[0].steps[1].${problem}`),
    ]);
  });

  it("may call an address inside of the network where that is allowed", () => {
    const document = aDocument({ steps: [message, { webhook: { url: "https://localhost:9/" } }] });
    expect(checkRules(document, ruleVocabulary, { allowsPrivateHosts: true }).problems).toEqual([]);
  });

  it("may call an address without https, but hears of it", () => {
    expect(inSteps({ webhook: { url: "http://example.com/hook" } })).toEqual([
      "warning rules[0].steps[1].webhook.url: without https:// the facts travel readable for everybody",
    ]);
  });
});
