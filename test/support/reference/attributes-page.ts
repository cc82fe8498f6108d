/** docs/reference/attributes.md, made of the catalogue in src/mapping/preset.ts. */
import { baseAttributes, type MappedAttribute } from "../../../src/mapping/preset.ts";
import { profileFields, profileSections, type ProfileSection } from "../../../src/model/profile-fields.ts";
import type { Profile, ProfileField } from "../../../src/model/profile.ts";
import { generatedNote, tableOf } from "./markdown.ts";

/** The whole page. */
export function attributesPage(): string {
  const chapters = Object.entries(profileSections).flatMap(([section, title]) => {
    const attributes = baseAttributes.filter((attribute) => sectionOf(attribute) === section);
    if (attributes.length === 0) return [];
    const note = notes.get(section);
    const table = tableOf(["name", "type", "what it says", "rule", "from", "on"], attributes.map(rowOf));
    return [`## ${title}\n\n${note === undefined ? "" : `${note}\n\n`}${table}`];
  });
  return [opening(), ...chapters, closing].join("\n\n") + "\n";
}

function rowOf(attribute: MappedAttribute): readonly string[] {
  const { key, type, help, rule, currencyKey, isOff, isBare } = attribute;
  const currency = currencyKey === undefined ? "" : ` Currency: \`${currencyKey}\`.`;
  const bare = isBare ? " Its name has no prefix." : "";
  return [`\`${key}\``, type, help, `${rule}${currency}${bare}`, sourcesOf(attribute), isOff ? "no" : "yes"];
}

/** What is read first decides where it stands. */
function sectionOf({ key, reads: [first] }: MappedAttribute): ProfileSection {
  if (first === undefined) throw new Error(`The attribute ${key} reads nothing.`);
  return profileFields[fieldOf(first)].section;
}

function sourcesOf({ reads }: MappedAttribute): string {
  return [...new Set(reads.map((field) => profileFields[fieldOf(field)].from))].join("; ");
}

function fieldOf(field: ProfileField): keyof Profile {
  return field === "subscription.plan" ? "subscription" : field;
}

function opening(): string {
  const on = baseAttributes.filter(({ isOff }) => !isOff).length;
  return `# Attributes

Dunlin keeps ${on} attributes on each linked contact, and knows ${baseAttributes.length - on} more that [the mapping](../guides/mapping.md) can switch on: personal
data that few need, and what few businesses have. The names below lack the prefix: \`plan\` is \`stripe_plan\`, or \`billing_plan\`
beside [Intercom's native Stripe app](../guides/run-beside-the-native-app.md). Attributes are created by themselves, and people in
the Messenger can never write them.

- Money is in major units (49 means 49.00 EUR), with Stripe's own table of decimals; its currency stands in an attribute of
  its own, in capital letters. Currencies are never added up.
- Dates are instants (unix seconds at Intercom's API), in UTC.
- An empty attribute means that Stripe does not say, or that the value cannot be known exactly; \`dunlin explain\` says
  why. Text longer than 255 characters is cut.
- When one person is [several customers](../guides/choose-who-gets-a-contact.md#several-stripe-customers-for-one-person), the
  rules of [the profile](profile.md) say of each field whose value counts.

${generatedNote("src/mapping/preset.ts")}`;
}

const notes: ReadonlyMap<string, string> = new Map<ProfileSection, string>([
  [
    "subscription",
    `[The profile](profile.md) says which subscription is the primary one and which item is the plan, and has the exact rules of
[status_detail](profile.md#statusdetail), [recurring revenue](profile.md#recurring) and [the next invoice](profile.md#nextinvoice). A
subscription is \`active\` while its first bank debit is still on its way: \`status_detail\` tells.`,
  ],
  [
    "method",
    `Of [the payment method that is charged next](profile.md#the-payment-method-that-is-charged-next). No digit of a card or an
account reaches Intercom.`,
  ],
  [
    "owed",
    `**A balance below zero is credit.** [An open invoice is late](profile.md#openinvoices) by rules of our own, since Stripe's flag
\`delinquent\` stays set when an invoice is written off.`,
  ],
  [
    "payments",
    `A payment is a charge. An authorisation that was never captured is none. What is paid outside Stripe or from the balance makes
no charge and is not in the totals. Stripe's own report calls something else “lifetime value”.`,
  ],
  [
    "trouble",
    `Classes: \`insufficient_funds\`, \`soft\`, \`hard\`, \`needs_authentication\`, \`needs_new_details\`; of debits also \`account_closed\`,
\`wrong_details\`, \`account_blocked\`, \`mandate_revoked\`, \`disputed\`, \`technical\`, \`unexplained\`, \`stopped\`. A card that Stripe says is
lost, stolen or fraudulent is shown as a plain decline. [Understand failed payments](../guides/payment-failures.md) has what each of
them means, and where the tables come from.`,
  ],
  [
    "usage",
    `What is about usage is about one meter: the one that stands worst. [Usage](../guides/usage.md) has the rules of limits, projection
and status.`,
  ],
]);

const closing = `## Standard fields

| field | source | rule |
| --- | --- | --- |
| e-mail | customer \`email\` | Filled when empty; kept up to date only while Intercom still shows what Stripe said before. |
| name | customer \`name\` | the same |
| phone | customer \`phone\` | the same; a number that Intercom refuses is left out |

The external id is set only on contacts that Dunlin makes, and only to your own user id.`;
