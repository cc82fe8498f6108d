// The left column: customers, their plan and how it stands.
import { send } from "./api.js";
import { ask, el, on, press, refresh } from "./dom.js";
import { money, status } from "./format.js";

/** Shows the list; `choose` is called with the id of the one that is pressed. */
export function showCustomers({ total, customers }, chosenId, choose) {
  document.getElementById("customer-count").textContent =
    total === 1 ? "1 customer" : `${total.toLocaleString("en-GB")} customers`;
  refresh(document.getElementById("customers"), { total, customers, chosenId }, () => [
    ...customers.map((customer) => el("li", {}, line(customer, chosenId, choose))),
    ...(total > customers.length
      ? [
          el(
            "li",
            { class: "more" },
            `and ${(total - customers.length).toLocaleString("en-GB")} more: search to see them`,
          ),
        ]
      : []),
    ...(total === 0 ? [el("li", { class: "more" }, "Nobody fits this search.")] : []),
  ]);
  if (chosenId === shownId) return;
  shownId = chosenId;
  document.querySelector('#customers [aria-current="true"]')?.scrollIntoView({ block: "nearest" });
}

/** The one that was brought into view last; after that the list stays where the person scrolls it. */
let shownId;

function line(customer, chosenId, choose) {
  const [word, kind] = status(customer);
  const attributes = {
    type: "button",
    "data-key": customer.id,
    "aria-current": customer.id === chosenId ? "true" : undefined,
    onclick: () => choose(customer.id),
  };
  return el(
    "button",
    attributes,
    el("span", { class: "name" }, customer.name ?? customer.email ?? customer.id),
    el("span", { class: `pill ${kind}` }, word),
    el("span", { class: "plan" }, price(customer)),
    el("span", { class: "link" }, link(customer)),
  );
}

function link({ contactCount }) {
  if (contactCount === 0) return "not in Intercom";
  return contactCount === 1 ? "" : `${contactCount} contacts fit`;
}

/** Makes the button let somebody new buy. */
export function prepareNewCustomer(choose) {
  const button = document.getElementById("new-customer");
  on(button, "click", async () => {
    const values = await ask({
      title: "A new customer buys",
      text: "Somebody goes through the checkout and takes the cheapest monthly plan.",
      go: "Buy",
      fields: [
        { name: "name", label: "Name", value: "Robin Dale", required: true },
        {
          name: "email",
          label: "E-mail",
          type: "email",
          value: `robin.dale.${Date.now() % 100_000}@example.com`,
          required: true,
        },
      ],
    });
    if (values === undefined) return;
    const bought = await press(
      button,
      () => send("POST", "actions", { action: "checkout", customer: "new", ...values }),
      `${values.name} buys; the events follow`,
    );
    if (bought?.done?.customer) choose(bought.done.customer);
  });
}

/** "Team, €49.00 a month". */
export function price({ plan, amount, currency, interval }) {
  if (plan === null) return "no plan";
  return interval === null ? plan : `${plan}, ${money(amount, currency)} a ${interval}`;
}
