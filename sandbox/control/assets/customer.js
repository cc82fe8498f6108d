// The middle column: the chosen customer and what can happen to it.
import { send } from "./api.js";
import { price } from "./customers.js";
import { ask, el, on, press, refresh } from "./dom.js";
import { day, method, money, status } from "./format.js";

const amountField = {
  name: "amount",
  label: "Amount in minor units (cents)",
  type: "number",
  min: "1",
  required: true,
};

const runs = ({ status: name }) => name !== null && !["canceled", "incomplete_expired"].includes(name);
const paysByDebit = ({ paysBy }) => paysBy?.type === "sepa_debit";
const paysByCard = ({ paysBy }) => paysBy?.type === "card";

/** `when` says for whom a button makes sense; the others see it greyed out. */
const groups = [
  [
    "Payments",
    [
      { action: "paymentFails", label: "Let the payment fail", hint: "the bank says no", when: runs },
      { action: "paymentSucceeds", label: "Pay what is open", hint: "the bank says yes", when: runs },
      {
        action: "sepaReturn",
        label: "Debit comes back",
        hint: "AM04, no cover",
        when: (customer) => runs(customer) && paysByDebit(customer),
      },
      { action: "refund", label: "Refund the payment", hint: "the last one, in full" },
      { action: "dispute", label: "Open a dispute", hint: "on the last payment" },
      { action: "fraudWarning", label: "Early fraud warning", hint: "on the last payment", when: paysByCard },
      { action: "expireCard", label: "Let the card expire", hint: "refused from then on", when: paysByCard },
      { action: "replaceCard", label: "Replace the card", hint: "with one that works" },
    ],
  ],
  [
    "Subscription",
    [
      { action: "upgrade", label: "Upgrade", hint: "to the next plan", when: runs },
      { action: "downgrade", label: "Downgrade", hint: "to the plan below", when: runs },
      { action: "renew", label: "Renew now", hint: "the period ends early", when: runs },
      {
        action: "trialEndsSoon",
        label: "Trial ends soon",
        hint: "in two days",
        when: ({ status: name }) => name === "trialing",
      },
      {
        action: "cancelAtPeriodEnd",
        label: "Cancel later",
        hint: "when the period ends",
        when: (customer) => runs(customer) && customer.endsAt === null,
      },
      {
        action: "cancel",
        label: "Cancel at once",
        danger: true,
        hint: "ends today",
        when: runs,
        ask: { title: "Cancel at once?", text: "The subscription ends now and can't be resumed.", go: "Cancel it" },
      },
      { action: "checkout", label: "Buy in the checkout", hint: "one more plan" },
    ],
  ],
  [
    "Account",
    [
      { action: "reportUsage", label: "Report usage", hint: "100 units", when: ({ metered }) => metered },
      {
        action: "addCredit",
        label: "Add credit",
        hint: "for the next invoice",
        ask: {
          title: "Add credit",
          text: "It is taken off the next invoice.",
          go: "Add",
          fields: [{ ...amountField, value: "1000" }],
        },
      },
      { action: "updateCustomer", label: "Change details", hint: "name or e-mail", edit: true },
      {
        action: "deleteCustomer",
        label: "Delete customer",
        danger: true,
        hint: "with all subscriptions",
        ask: {
          title: "Delete this customer?",
          text: "Stripe forgets the customer and ends its subscriptions.",
          go: "Delete",
        },
      },
    ],
  ],
];

/** Shows one customer, or how to choose one. */
export function showCustomer(customer, changed) {
  refresh(document.getElementById("chosen"), customer ?? null, () =>
    customer === undefined ? nobody() : head(customer),
  );
  const buttons = document.getElementById("actions");
  buttons.hidden = customer === undefined;
  // The buttons themselves never change, so that pressing one twice always hits the same.
  if (buttons.childElementCount === 0)
    buttons.replaceChildren(
      ...groups.map((group) =>
        groupOf(
          group,
          () => current,
          () => after(),
        ),
      ),
    );
  current = customer;
  after = changed;
  if (customer !== undefined)
    for (const [button, when] of conditions) button.disabled = button.ariaBusy === "true" || !when(customer);
}

/** Buttons that do not make sense for everybody. */
const conditions = new Map();
let current;
let after = () => {};

function nobody() {
  return el(
    "div",
    { class: "empty" },
    el("strong", {}, "Choose a customer"),
    el("span", {}, "Then let something happen to it and watch the contact on the right."),
  );
}

function head(customer) {
  const [word, kind] = status(customer);
  return [
    el(
      "div",
      { class: "person" },
      el(
        "div",
        {},
        el("h2", {}, customer.name ?? customer.email ?? "Nameless"),
        el("p", { class: "sub" }, [customer.email, customer.id, customer.userId].filter(Boolean).join(" · ")),
      ),
      el("span", { class: `pill ${kind}` }, word),
    ),
    el(
      "dl",
      { class: "facts" },
      ...facts(customer).map(([term, text]) => el("div", {}, el("dt", {}, term), el("dd", {}, text))),
    ),
  ];
}

function facts(customer) {
  return [
    ["Plan", price(customer)],
    ...(runs(customer) ? [next(customer)] : []),
    ["Pays by", method(customer.paysBy)],
    ...(customer.balance === 0 ? [] : [["Balance", balance(customer)]]),
    ...(customer.delinquent ? [["Delinquent", "the last charge failed"]] : []),
  ];
}

function next({ endsAt, status: name, periodEnd }) {
  if (endsAt !== null) return ["Ends on", day(endsAt)];
  return [name === "trialing" ? "Trial until" : "Renews on", day(periodEnd)];
}

/** Stripe writes credit as a negative balance. */
function balance({ balance: minor, currency }) {
  if (minor === 0 || currency === null) return "–";
  return minor < 0 ? `${money(-minor, currency)} credit` : `${money(minor, currency)} owed`;
}

function groupOf([title, actions], customer, changed) {
  return el(
    "section",
    { class: "group" },
    el("h3", {}, title),
    el("div", { class: "buttons" }, ...actions.map((action) => buttonFor(action, customer, changed))),
  );
}

function buttonFor(action, customer, changed) {
  const button = el(
    "button",
    { type: "button", class: action.danger ? "danger" : undefined },
    action.label,
    el("small", {}, action.hint),
  );
  if (action.when !== undefined) conditions.set(button, action.when);
  on(button, "click", async () => {
    const options = await optionsFor(action, customer());
    if (options === undefined) return;
    await press(
      button,
      () => send("POST", "actions", { action: action.action, customer: customer().id, ...options }),
      `${action.label}: done`,
    );
    changed();
  });
  return button;
}

/** What the dialog was told; undefined when the person left it. */
async function optionsFor(action, customer) {
  const question = action.edit ? editQuestion(customer) : action.ask;
  if (question === undefined) return {};
  const values = await ask({ ...question, danger: action.danger ?? false });
  if (values === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== "")
      .map(([name, value]) => [name, name === "amount" ? Number(value) : value]),
  );
}

function editQuestion(customer) {
  return {
    title: "Change name or e-mail",
    text: "The customer does this in the billing portal.",
    go: "Save",
    fields: [
      { name: "name", label: "Name", value: customer.name ?? "" },
      { name: "email", label: "E-mail", type: "email", value: customer.email ?? "" },
    ],
  };
}
