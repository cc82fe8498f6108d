/** docs/reference/profile.md, made of the fields as src/model/profile-fields.ts describes them. */
import { profileFields, profileSections, type FieldDoc } from "../../../src/model/profile-fields.ts";
import { generatedNote, tableOf } from "./markdown.ts";

/** The whole page. */
export function profilePage(): string {
  const chapters = Object.entries(profileSections).map(([section, title]) => {
    const fields = Object.entries(profileFields).filter(([, field]) => field.section === section);
    return `## ${title}\n\n${tableOf(["field", "unit", "from", "rule", "several customers"], fields.map(rowOf))}`;
  });
  return [`${opening}\n\n${generatedNote("src/model/profile-fields.ts")}`, ...chapters, ...rules].join("\n\n") + "\n";
}

function rowOf([name, { unit, from, rule, together }]: [string, FieldDoc]): readonly string[] {
  return [`\`${name}\``, unit, from, rule, together];
}

const opening = `# The profile

What Dunlin knows about a person's billing, derived from its copies of Stripe's objects by pure functions in \`src/billing/\`. The
same copies give the same profile, in whatever order they arrived, and no clock is asked: a value changes only when Stripe says
something new. Attributes show fields of the profile; \`dunlin explain\` names the objects that a value rests on.

- **Amounts** are whole minor units of their currency, by Stripe's own table: none for JPY and KRW, two for most (also ISK and
  UGX), three for KWD, BHD, JOD, OMR and TND. Attributes show major units. An amount of a currency that is not in the table is shown
  by none.
- **Currencies are never added up.** A sum over several of them is unknown, unless it is made in the reporting currency.
- **Unknown** is a value of its own, with the reason. It is never a guess and never 0.
- **Instants** are unix seconds. What changes every day is no field: \`agesOf\` in \`src/billing/ages.ts\` works it out for a given
  instant (tenure, days since the last payment, days to the card's expiry and so on), for conditions.
- **The primary subscription** speaks for a customer. It is the one in the best standing (\`active\`, \`trialing\`, \`past_due\`,
  \`unpaid\`, \`paused\`, \`incomplete\`, any status that Stripe adds one day, \`canceled\`, \`incomplete_expired\`), of equals the newest. The
  mapping may choose the newest, or the one with the highest monthly revenue, instead; one that has ended never speaks while
  there is another.
- **The main item** of a subscription, which names the plan, is the one that brings in most per month; tiers and packages count
  with what their quantity costs. A metered item is it only when there is no other.
- **Several customers.** A person who is several Stripe customers has a *primary* one: whose subscription stands best, then the
  main account's, then who paid last, then the newest. “Of all” leaves out customers who were deleted, unless all
  are; what they paid, and what of it failed, counts.`;

const rules = [
  `## The payment method that is charged next

The first that is set of: the \`default_payment_method\` or \`default_source\` of the primary subscription's open invoice (of several the
oldest), the subscription's \`default_payment_method\`, its \`default_source\`, the customer's
\`invoice_settings.default_payment_method\`, the customer's \`default_source\`. One that was detached counts as none, so that the
next of them does. A new default of the
customer does not help a subscription that has its own. Of cards from before payment methods (\`card_…\`) and of old sources only the type
is known: Stripe's events do not show more of them.`,
  `## \`statusDetail\`

| value | when |
| --- | --- |
| \`active_paid\` | active, and the customer's latest charge succeeded |
| \`active_first_payment_processing\` | active, a bank debit is on its way, and nothing was paid before |
| \`active_payment_processing\` | the same, and something was paid before |
| \`active_last_payment_failed\` | active, and the latest charge failed |
| \`active_collection_paused\` | active, and \`pause_collection\` is set |
| \`active\` | active, and there was never a charge |
| \`paused_by_choice\` | paused, \`pause_requested\` |
| \`paused_after_trial\` | paused, \`trial_end_without_payment_method\` |
| \`paused_after_failed_payment\` | paused, \`first_payment_failure\` or \`final_payment_failure\` |
| \`paused\` | paused for another reason |
| the status | in all other cases |

Stripe calls a subscription active as soon as its first debit is submitted, and leaves it so when that debit fails later: the
customer's latest charge tells these apart.`,
  `## \`recurring\`

Stripe's own definition. Counted are subscriptions that are \`active\` or \`past_due\`; not counted are trials, usage, tax that is
added, and items that are billed once.

- A year of an item is what its quantity costs (unit price × quantity; tiers, volume or graduated, and packages by their price) × 365
  (\`day\`), 52 (\`week\`), 12 (\`month\`) or 1 (\`year\`), divided by the interval's count. \`arrMinor\` is the sum of the years; \`mrrMinor\`
  is a twelfth of the exact sum. Each is rounded once, at the end, half up.
- Discounts are taken off when they last for ever, one after the other: first an item's own, then the subscription's. One for some
  products lowers those alone. \`once\` and \`repeating\` ones are set aside; where nothing but those is on the subscription, the
  customer's counts, as it will once they have ended.
- A price may have amounts in several currencies (\`currency_options\`): that of the subscription counts, also for the price of the plan.
- Cancellation at the end of the period and a paused collection change nothing until the subscription itself ends.
- Stripe's events show neither tiers, nor other currencies of a price, nor the coupon of a discount; they are read once, and kept. A
  price of several currencies is read again when Stripe says that it was updated.
- **Unknown**: tiers that cannot be read, or are broken; amounts that the customer chooses; a coupon that was deleted before Dunlin knew
  it, and one of unknown scope; an amount off in another currency, or over items with different intervals;
  subscriptions in several currencies (one that brings in nothing counts as none); a price whose amount in the currency of the subscription cannot be read, since the one that
  Stripe shows by itself is what nobody pays; an item in a trial of its own; a subscription of which not all items could be read;
  numbers out of range.`,
  `## \`nextInvoice\`

The date is the earliest end of a period of the primary subscription while it is \`active\`, \`trialing\` or \`past_due\`, its collection
is not paused and it does not end by then. The amount is the sum of the items whose period ends at that time, tiers and packages
included, each line rounded, less discounts in force at that time: the subscription's own, or the customer's when all of its own
have ended by then. It is before the balance and billing credits, and without
prorations and single items that are waiting, which Stripe shows only in a preview.

**Unknown amount**: usage; tax that may be added; a schedule; a discount for one invoice, which may have been made; a trial without a
payment method; an amount whose last digits must be zero and are not (ISK, UGX and currencies of three decimals), since Stripe does
not say how it rounds them; and what is unknown for \`recurring\`.`,
  `## \`openInvoices\`

Invoices with status \`open\` and something left to pay. What Stripe collects by itself counts from the first attempt on, and a debit
on its way is one: most invoices are paid seconds after they were made, and nobody should be shown owing them. One is late when its subscription is \`past_due\` or \`unpaid\`, when it was
seen after its due date, or, without a due date, when an attempt to collect it was made and no charge of its amount is \`pending\`: a
bank debit takes days, and nobody is late meanwhile. A due date that passes in silence shows with the next event about the invoice
(\`customer.subscription.updated\`, \`invoice.updated\`), at the latest with the nightly comparison.

\`oldest\` has the id of the invoice that should be paid first, what is left to pay on it, when it was made and is due, and when Stripe
tries again by itself. The link to its page lets whoever has it act as the customer, and expires: it is never kept, and is fetched
when somebody asks for it.`,
  `## \`totalPaidReporting\`

Set \`DUNLIN_REPORTING_CURRENCY\` and a file of rates:

\`\`\`csv
date,currency,rate
2026-08-31,USD,0.8562
2026-08-31,JPY,0.00582
\`\`\`

The rate is what one unit of the currency is worth in the reporting currency, from that day (UTC) on until the next line, for at
most seven days. Each payment, less what went back of it, is converted at the rate of its own day, rounded half up to the minor
unit, and added up. When one payment cannot be converted the whole is unknown, and \`dunlin explain\` names the currency and the day.
The file is read and checked at the start: a malformed line, a rate of zero, or two rates for one day stop it with the line's
number. After a change the nightly comparison brings all contacts up to date.`,
];
