/** What makes a rule look at a customer, in words. */
import type { RuleTrigger } from "../../contract/rule.ts";

/** One line, such as `moment payment_failed` or `7 days before current_period_end`. */
export function triggerText(on: RuleTrigger): string {
  if ("moment" in on) return `moment ${on.moment}`;
  if ("stripe" in on) return `event ${on.stripe}`;
  if ("becomes" in on) return `once ${on.becomes}`;
  if ("signal" in on) return on.tag === undefined ? `signal ${on.signal}` : `signal ${on.signal} ${on.tag}`;
  if ("manual" in on) return "when asked for";
  return dateText(on);
}

function dateText({ date, before, after, yearly, at }: Extract<RuleTrigger, { readonly date: string }>): string {
  const distance = before === undefined ? (after === undefined ? "on" : `${after} after`) : `${before} before`;
  return [`${distance} ${date}`, ...(yearly ? ["each year"] : []), ...(at === undefined ? [] : [`at ${at}`])].join(
    ", ",
  );
}
