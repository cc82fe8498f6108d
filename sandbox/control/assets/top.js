// The top of the page (time and state) and the list of requests.
import { send } from "./api.js";
import { el, on, press, refresh, toast } from "./dom.js";
import { ahead, clock, timeOfDay } from "./format.js";

/** Shows the sandbox's time and how it is. */
export function showTop({ now, aheadSeconds, counts, deliveries, intercom }) {
  document.getElementById("now").textContent = clock(now);
  document.getElementById("ahead").textContent = ahead(aheadSeconds);
  const items = [
    [`${counts.contacts.toLocaleString("en-GB")} contacts`, ""],
    [`${deliveries.delivered.toLocaleString("en-GB")} webhooks delivered`, ""],
    ...(deliveries.pending > 0 ? [[`${deliveries.pending} on their way`, deliveries.paused ? "warn" : ""]] : []),
    ...(deliveries.failed > 0 ? [[`${deliveries.failed} given up`, "bad"]] : []),
    ...(intercom.unauthorized ? [["Intercom token revoked", "bad"]] : []),
  ];
  refresh(document.getElementById("vitals"), items, () =>
    items.map(([text, kind]) => el("li", { class: kind === "" ? undefined : kind }, text)),
  );
}

/** Makes the buttons move the time. */
export function prepareClock(changed) {
  for (const button of document.querySelectorAll("[data-advance]")) {
    on(button, "click", async () => {
      const advanceSeconds = Number(button.dataset.advance);
      const moved = await press(button, () => send("POST", "clock", { advanceSeconds }));
      if (moved !== undefined) toast(`It is now ${clock(moved.now)}`);
      changed();
    });
  }
}

/** Shows the last requests, newest first. */
export function showRequests({ requests }) {
  refresh(document.getElementById("requests"), requests, () =>
    requests.map(({ at, vendor, method, path, status }) =>
      el(
        "li",
        {},
        el("span", { class: "at" }, timeOfDay(at)),
        el("span", { class: `vendor ${vendor}` }, vendor === "stripe" ? "Stripe" : "Intercom"),
        el("span", {}, method),
        el("span", { class: "path", title: path }, path),
        el("span", { class: `status ${kindOf(status)}` }, status === 0 ? "cut" : String(status)),
      ),
    ),
  );
}

function kindOf(status) {
  if (status >= 200 && status < 300) return "ok";
  return status === 0 || status >= 500 ? "bad" : "warn";
}
