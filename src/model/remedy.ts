/**
 * What a person can do about an error that has left a dead letter. docs/reference/errors.md says the same; a test holds
 * the two against each other, so that one table cannot go on without the other.
 */
const remedies: Readonly<Record<string, string>> = {
  ATTRIBUTE_TYPE_CLASH: "Archive or rename it in Intercom, or set `DUNLIN_ATTRIBUTE_PRESET` to the other prefix.",
  COMPANY_TOO_LARGE:
    "Correct the metadata, or exclude the domain in the mapping; the next change of a customer looks again, or `dunlin companies renew <key>`.",
  COMPANY_UNKNOWN: "`dunlin companies list` shows those that there are; capitals count.",
  CONTACT_TAKEN: "Nothing: the second one is looked at again and joins the person.",
  DATABASE_CONFLICT: "Nothing; it is decided again.",
  DATABASE_UNAVAILABLE:
    "Nothing if it passes; deliveries are answered 503 and sent again. If it lasts: disk space, connections, network.",
  DUTY_LOST: "Nothing; the other node does it.",
  EFFECT_HELD: "Nothing; it leaves by itself, or is withdrawn when it has waited for a week.",
  EFFECT_WITHDRAWN: "Nothing.",
  EFFECT_DECLINED: "Nothing; a replay sends it after all.",
  EFFECT_NOT_FOUND: "`dunlin effects list`",
  EFFECT_UNCERTAIN: "Look in Intercom; then `dunlin effects settle <id> --as confirmed`, or replay it.",
  EFFECT_WITHOUT_CONTACT: "Link the customer, then replay the effect.",
  INTERCOM_CONFLICT: "Nothing, mostly.",
  INTERCOM_CONTACT_MERGED: "Nothing: Dunlin follows.",
  INTERCOM_FORBIDDEN:
    "Tick it in the Developer Hub under Authentication; Dunlin goes on by itself, failed effects by `dunlin replay`.",
  INTERCOM_NOT_FOUND: "Nothing: the customer becomes `archived`.",
  INTERCOM_PLAN_RESTRICTED: "Another plan, or do without.",
  INTERCOM_PREVIEW_REFUSED: "Take the step out of the rule; assign the conversation to a team, or tag the contact.",
  INTERCOM_RATE_LIMITED: "Nothing: all calls wait until it allows more.",
  INTERCOM_REJECTED: "The message names the field. Correct the value in Stripe.",
  INTERCOM_SEARCH_BEHIND: "Nothing; it passes within minutes.",
  INTERCOM_UNAUTHORIZED: "Copy a new one from the Developer Hub, `dunlin connect intercom`, restart.",
  INTERCOM_UNAVAILABLE: "Nothing if it passes.",
  INTERCOM_VERSION_INVALID: "A newer version of Dunlin.",
  LEASE_LOST: "Nothing; the other node does it. If it happens often: the machine is overloaded.",
  PERSON_CHANGED: "Nothing: the customer is looked at again.",
  STRIPE_ACCOUNT_GONE: "Connect it again with `dunlin connect stripe --account <name>`, then `dunlin replay dead`.",
  STRIPE_FORBIDDEN: "Add it; `dunlin doctor` lists them. Jobs that need it are kept and go on by themselves.",
  STRIPE_NOT_FOUND: "Nothing: it is kept as gone.",
  STRIPE_RATE_LIMITED: "Nothing; Dunlin slows down.",
  STRIPE_REJECTED: "The message has Stripe's words.",
  STRIPE_UNAUTHORIZED: "`dunlin connect stripe` with a new key, then restart.",
  STRIPE_UNAVAILABLE: "Nothing if it passes; else the network.",
  VENDOR_PAUSED: "Nothing; what waits goes out when somebody resumes it.",
  WEBHOOK_FORBIDDEN: "Use a public address, or `DUNLIN_WEBHOOKS_PRIVATE=allow`.",
  WEBHOOK_REFUSED: "Look at what it expects; then replay the effect.",
  WEBHOOK_UNAVAILABLE: "Nothing; it is called again for about half a day.",
};

/** The codes that a sentence is kept for. */
export const remediedCodes: readonly string[] = Object.keys(remedies);

/** What to do about a dead letter of this code. */
export function remedyOf(code: string): string {
  if (code === "BUG") return "The log has the stack. Please report it, without customers' data.";
  return remedies[code] ?? "See the code in docs/reference/errors.md.";
}
