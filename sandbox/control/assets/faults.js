// The middle column's second tab: planted faults, webhook delivery, and how Intercom behaves.
import { send } from "./api.js";
import { el, on, press, refresh } from "./dom.js";

const presets = [
  { label: "Intercom is down", hint: "503 to everything", rule: { vendor: "intercom", kind: "status", status: 503 } },
  {
    label: "Intercom stumbles",
    hint: "500 to one call in five",
    rule: { vendor: "intercom", kind: "status", status: 500, rate: 0.2 },
  },
  {
    label: "Intercom is busy",
    hint: "429 to one call in three",
    rule: { vendor: "intercom", kind: "status", status: 429, rate: 0.33 },
  },
  {
    label: "Intercom cuts connections",
    hint: "after it did the work, one in ten",
    rule: { vendor: "intercom", kind: "reset-after", rate: 0.1 },
  },
  {
    label: "Intercom is slow",
    hint: "bodies take 5 seconds, one in five",
    rule: { vendor: "intercom", kind: "slow", delayMs: 5000, rate: 0.2 },
  },
  {
    label: "A proxy answers HTML",
    hint: "200 with a web page, one in ten",
    rule: { vendor: "intercom", kind: "html", rate: 0.1 },
  },
  { label: "Stripe is down", hint: "500 to everything", rule: { vendor: "stripe", kind: "status", status: 500 } },
  {
    label: "Stripe is busy",
    hint: "429 to one call in three",
    rule: { vendor: "stripe", kind: "status", status: 429, rate: 0.33 },
  },
];

const lags = [
  [0, "none"],
  [2000, "2 seconds"],
  [30_000, "30 seconds"],
  [180_000, "3 minutes"],
];
const limits = [
  [1666, "1,666 (usual)"],
  [500, "500"],
  [100, "100"],
  [20, "20"],
];

/** Shows the knobs as they stand. Each part is refreshed by itself, so that none changes under somebody's hand. */
export function showFaults({ faults, deliveries, intercom }, changed) {
  const badge = document.getElementById("fault-count");
  badge.hidden = faults.length === 0;
  badge.textContent = String(faults.length);
  const { duplicateRate, reorderRate, dropRate, paused } = deliveries;
  const part = (id) => document.getElementById(id);
  refresh(part("presets"), presets, () => presets.map((preset) => presetButton(preset, changed)));
  refresh(part("planted"), faults, () => planted(faults, changed));
  refresh(part("delivery-knobs"), { duplicateRate, reorderRate, dropRate, paused }, (data) =>
    deliveryKnobs(data, changed),
  );
  refresh(part("intercom-knobs"), intercom, (data) => intercomKnobs(data, changed));
}

function deliveryKnobs({ duplicateRate, reorderRate, dropRate, paused }, changed) {
  const held = { label: "Held back", hint: "they queue up until you let go", key: "paused", checked: paused };
  return [
    slider({ label: "Sent twice", key: "duplicateRate", value: duplicateRate, changed }),
    slider({ label: "Overtaken by later ones", key: "reorderRate", value: reorderRate, changed }),
    slider({ label: "Never delivered", key: "dropRate", value: dropRate, changed }),
    checkbox({ ...held, path: "deliveries", changed }),
  ];
}

function intercomKnobs({ searchLagMs, limitPerSlice, unauthorized, preview }, changed) {
  const revoked = {
    label: "Token revoked",
    hint: "answers 401 to everything",
    key: "unauthorized",
    checked: unauthorized,
  };
  const previews = {
    label: "Version Preview",
    hint: "of the API; priorities of conversations need it",
    key: "preview",
    checked: preview,
  };
  return [
    choice({ label: "Search shows changes after", key: "searchLagMs", value: searchLagMs, options: lags, changed }),
    choice({ label: "Calls per 10 seconds", key: "limitPerSlice", value: limitPerSlice, options: limits, changed }),
    checkbox({ ...revoked, path: "intercom", changed }),
    checkbox({ ...previews, path: "intercom", changed }),
  ];
}

function presetButton({ label, hint, rule }, changed) {
  const button = el("button", { type: "button", "data-key": label }, label, el("small", {}, hint));
  on(button, "click", async () => {
    await press(button, () => send("POST", "faults", rule), `${label}: planted`);
    changed();
  });
  return button;
}

function planted(faults, changed) {
  if (faults.length === 0) return el("p", { class: "none" }, "All connections are well.");
  const remove = async (button, path) => {
    await press(button, () => send("DELETE", path));
    changed();
  };
  const rows = faults.map((fault) => {
    const button = el("button", { type: "button", class: "quiet", "data-key": fault.id }, "Take away");
    on(button, "click", () => remove(button, `faults/${fault.id}`));
    return el("li", {}, el("span", {}, describe(fault)), button);
  });
  return el("ul", { class: "planted" }, ...rows);
}

const kinds = {
  status: "answers",
  "reset-before": "cuts the connection before the work",
  "status-after": "answers with an error after the work",
  "reset-after": "cuts the connection after the work",
  slow: "is slow",
  truncate: "breaks off in the middle",
  html: "answers a web page",
};

function describe({ vendor, method, pathPattern, kind, status, rate, hits }) {
  const who = vendor === "stripe" ? "Stripe" : "Intercom";
  const what = kind === "status" ? `${kinds.status} ${status ?? 500}` : kinds[kind];
  const where =
    method === undefined && pathPattern === undefined ? "" : ` to ${[method, pathPattern].filter(Boolean).join(" ")}`;
  const often = rate === undefined || rate === 1 ? "" : `, ${Math.round(rate * 100)} % of calls`;
  return `${who} ${what}${where}${often} · hit ${hits} ${hits === 1 ? "time" : "times"}`;
}

function slider({ label, key, value, changed }) {
  const output = el("output", {}, percent(value));
  const input = el("input", {
    type: "range",
    min: "0",
    max: "0.5",
    step: "0.05",
    value: String(value),
    "data-key": key,
    "aria-label": label,
  });
  input.addEventListener("input", () => (output.textContent = percent(Number(input.value))));
  on(input, "change", async () => {
    await press(input, () => send("POST", "deliveries", { [key]: Number(input.value) }));
    changed();
  });
  return el("div", { class: "knob" }, el("span", {}, label), input, output);
}

function percent(rate) {
  return rate === 0 ? "never" : `${Math.round(rate * 100)} %`;
}

function checkbox({ label, hint, key, checked, path, changed }) {
  const input = el("input", { type: "checkbox", id: `knob-${key}`, checked, "data-key": key });
  on(input, "change", async () => {
    await press(input, () => send("POST", path, { [key]: input.checked }));
    changed();
  });
  return el("div", { class: "knob" }, el("label", { for: `knob-${key}` }, label, el("small", {}, hint)), input);
}

function choice({ label, key, value, options, changed }) {
  const all = options.some(([known]) => known === value) ? options : [...options, [value, String(value)]];
  const select = el(
    "select",
    { id: `knob-${key}`, "data-key": key },
    ...all.map(([option, text]) => el("option", { value: String(option), selected: option === value }, text)),
  );
  on(select, "change", async () => {
    await press(select, () => send("POST", "intercom", { [key]: Number(select.value) }));
    changed();
  });
  return el("div", { class: "knob" }, el("label", { for: `knob-${key}` }, label), select);
}
