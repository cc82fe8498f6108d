/** Station rules: checks each step by itself: values, what Intercom takes, addresses. */
import type { RuleStep, RuleValue } from "../../../contract/rule.ts";
import { isPrivateHost } from "../../lib/private-host.ts";
import type { PlacedStep } from "../steps.ts";
import { checkValue, type CheckedRule } from "./conditions.ts";
import { error, fine, warning, type Problems } from "./problem.ts";

/** Intercom: metadata keys of one event; further ones are ignored (developers.intercom.com, “Submit a data event”). */
export const metadataKeysMax = 10;

/** Checks one step. */
export function checkStep({ step, path }: PlacedStep, checked: CheckedRule): Problems {
  if ("set" in step) {
    const { value, type } = step.set;
    return checkValue({ value, path: `${path}.set.value` }, type, checked);
  }
  if ("tag" in step) return checkLine(step.tag, `${path}.tag`);
  if ("untag" in step) return checkLine(step.untag, `${path}.untag`);
  if ("message" in step) return checkDraft(step.message, `${path}.message`, checked);
  if ("ticket" in step) return checkValues(step.ticket.attributes, `${path}.ticket.attributes`, checked);
  if ("dataEvent" in step) return checkDataEvent(step.dataEvent, `${path}.dataEvent`, checked);
  if ("webhook" in step) {
    const { url, facts } = step.webhook;
    return [
      ...checkTold(facts, `${path}.webhook.facts`),
      ...checkAddress(url, `${path}.webhook.url`, checked),
      ...checkValues(facts, `${path}.webhook.facts`, checked),
    ];
  }
  return fine;
}

/** Names in Intercom are one line of text. */
function checkLine(name: string, path: string): Problems {
  return /\p{Cc}/u.test(name) ? [error("NAME_INVALID", path, "a name is one line, without control characters")] : fine;
}

function checkValues(values: Readonly<Record<string, RuleValue>>, path: string, checked: CheckedRule): Problems {
  return Object.entries(values).flatMap(([name, value]) => [
    ...(name in Object.prototype
      ? [error("NAME_RESERVED", `${path}.${name}`, `“${name}” means something of its own; choose another name`)]
      : []),
    ...checkValue({ value, path: `${path}.${name}` }, "any", checked),
  ]);
}

type DataEvent = Extract<RuleStep, { readonly dataEvent: unknown }>["dataEvent"];

function checkDataEvent({ name, metadata }: DataEvent, path: string, checked: CheckedRule): Problems {
  const count = Object.keys(metadata).length;
  return [
    ...checkLine(name, `${path}.name`),
    ...(count > metadataKeysMax
      ? [
          error(
            "EVENT_LIMIT",
            `${path}.metadata`,
            `it has ${count} keys; Intercom keeps ${metadataKeysMax} of one event`,
          ),
        ]
      : []),
    ...checkValues(metadata, `${path}.metadata`, checked),
  ];
}

type Message = Extract<RuleStep, { readonly message: unknown }>["message"];

function checkDraft({ draft }: Message, path: string, { document }: CheckedRule): Problems {
  if (draft === undefined || document.model !== undefined) return fine;
  return [
    error("MODEL_MISSING", `${path}.draft`, "no language model is set: name one in model, or take the draft away"),
  ];
}

/** What each webhook tells by itself, beside the facts of the rule. */
const toldNames = new Set(["id", "created", "key", "account", "customer_id", "trigger"]);

function checkTold(facts: Readonly<Record<string, RuleValue>>, path: string): Problems {
  return Object.keys(facts).flatMap((name) =>
    toldNames.has(name)
      ? [error("NAME_RESERVED", `${path}.${name}`, `“${name}” is told by itself; choose another name`)]
      : [],
  );
}

/** Names are looked up, and looked at again, when the call is made. */
function checkAddress(address: string, path: string, { allowsPrivateHosts }: CheckedRule): Problems {
  const { hostname, protocol, username, password } = new URL(address);
  if (username !== "" || password !== "") {
    return [
      error("ADDRESS_REFUSED", path, "there is a password in it; Dunlin signs its calls, check the signature instead"),
    ];
  }
  if (isPrivateHost(hostname)) {
    const problem = `“${hostname}” is not on the public internet; DUNLIN_WEBHOOKS_PRIVATE=allow lets Dunlin call it`;
    return allowsPrivateHosts ? fine : [error("ADDRESS_REFUSED", path, problem)];
  }
  return protocol === "http:"
    ? [warning("ADDRESS_REFUSED", path, "without https:// the facts travel readable for everybody")]
    : fine;
}
