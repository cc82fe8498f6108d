// Asks the sandbox every second and passes what it says to the columns.
import { get, send } from "./api.js";
import { showContact } from "./contact.js";
import { showCustomer } from "./customer.js";
import { prepareNewCustomer, showCustomers } from "./customers.js";
import { on, press } from "./dom.js";
import { showFaults } from "./faults.js";
import { prepareTabs } from "./tabs.js";
import { prepareClock, showRequests, showTop } from "./top.js";

const everyMs = 1000;
const search = document.getElementById("search");
const reply = document.getElementById("reply");

let chosenId = decodeURIComponent(location.hash.slice(1)) || undefined;
let contactId;
let asking = false;
let askAgain = false;

/** Looks without waiting for the answer. */
function look() {
  void lookNow();
}

/** One look at a time; whoever asks meanwhile gets another right after. */
async function lookNow() {
  if (asking) {
    askAgain = true;
    return;
  }
  asking = true;
  try {
    await lookOnce();
    showLive(true);
  } catch {
    showLive(false);
  }
  asking = false;
  if (askAgain) {
    askAgain = false;
    await lookNow();
  }
}

async function lookOnce() {
  const [state, list, customer] = await Promise.all([
    get("state"),
    get(`customers?q=${encodeURIComponent(search.value)}`),
    chosenId === undefined ? undefined : get(`customers/${encodeURIComponent(chosenId)}`).catch(() => undefined),
  ]);
  showTop(state);
  showFaults(state, look);
  showRequests(state);
  if (chosenId === undefined && list.customers[0] !== undefined && search.value === "") {
    choose(list.customers[0].id);
    return;
  }
  showCustomers(list, chosenId, choose);
  showCustomer(customer, look);
  // Whoever was linked stays on view even after being archived, so that one sees what happened.
  contactId = customer?.contactId ?? (customer === undefined ? undefined : contactId);
  const story =
    contactId === undefined ? undefined : await get(`contacts/${encodeURIComponent(contactId)}`).catch(() => undefined);
  showContact(story, customer, look);
}

function choose(id) {
  if (id !== chosenId) contactId = undefined;
  chosenId = id;
  history.replaceState(null, "", `#${encodeURIComponent(id)}`);
  look();
}

function showLive(isLive) {
  const node = document.getElementById("live");
  node.textContent = isLive ? "live" : "no answer";
  node.classList.toggle("off", !isLive);
}

on(reply, "submit", async (event) => {
  event.preventDefault();
  const text = document.getElementById("reply-text");
  const sent = await press(reply.querySelector("button"), () =>
    send("POST", "actions", { action: "replyInMessenger", contact: contactId, text: text.value }),
  );
  if (sent !== undefined) text.value = "";
  text.focus();
  await lookNow();
  document.querySelector(".thread")?.scrollIntoView({ block: "end", behavior: "smooth" });
});

search.addEventListener("input", look);
document.addEventListener("visibilitychange", look);
prepareTabs();
prepareNewCustomer(choose);
prepareClock(look);
look();
setInterval(() => {
  if (!document.hidden) look();
}, everyMs);
