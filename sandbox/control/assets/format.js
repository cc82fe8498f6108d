// Amounts, dates and statuses in plain words.

const zeroDecimals = new Set([
  "bif",
  "clp",
  "djf",
  "gnf",
  "jpy",
  "kmf",
  "krw",
  "mga",
  "pyg",
  "rwf",
  "ugx",
  "vnd",
  "vuv",
  "xaf",
  "xof",
  "xpf",
]);

/** Minor units as Stripe counts them. */
export function money(minor, currency) {
  if (minor === null || currency === null) return "–";
  const digits = zeroDecimals.has(currency) ? 0 : 2;
  const options = {
    style: "currency",
    currencyDisplay: "narrowSymbol",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  };
  return new Intl.NumberFormat("en-GB", options).format(minor / 10 ** digits);
}

export function day(seconds) {
  return seconds === null ? "–" : show(seconds, { day: "numeric", month: "short", year: "numeric" });
}

export function moment(seconds) {
  return show(seconds, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

export function clock(seconds) {
  return show(seconds, {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
}

export function timeOfDay(ms) {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(ms);
}

function show(seconds, options) {
  return new Intl.DateTimeFormat("en-GB", options).format(seconds * 1000);
}

/** "31 days ahead", or nothing when the sandbox runs in step with the real time. */
export function ahead(seconds) {
  if (seconds < 60) return "in step with real time";
  const [unit, size] = [
    ["days", 86400],
    ["hours", 3600],
    ["minutes", 60],
  ].find(([, length]) => seconds >= 1.5 * length) ?? ["minutes", 60];
  return `${Math.round(seconds / size)} ${unit} ahead`;
}

const statuses = {
  active: ["Active", "good"],
  trialing: ["Trial", "info"],
  past_due: ["Past due", "warn"],
  unpaid: ["Unpaid", "bad"],
  incomplete: ["Incomplete", "warn"],
  incomplete_expired: ["Expired", ""],
  canceled: ["Cancelled", ""],
  paused: ["Paused", "info"],
};

/** A subscription's status as word and colour. */
export function status({ status: name, endsAt }) {
  if (name === null) return ["No subscription", ""];
  if (endsAt !== null && (name === "active" || name === "trialing")) return ["Ending", "warn"];
  return statuses[name] ?? [name, ""];
}

const brands = { visa: "Visa", mastercard: "Mastercard", amex: "American Express", discover: "Discover" };

/** "Visa •••• 4242" or "Debit •••• 3000". */
export function method(paysBy) {
  if (paysBy === null) return "–";
  const kind = paysBy.type === "sepa_debit" ? "Debit" : (brands[paysBy.brand] ?? "Card");
  return `${kind} •••• ${paysBy.last4}`;
}

/** An attribute's value by its type. */
export function attribute({ type, value }) {
  if (value === null) return "–";
  if (type === "date")
    return show(value, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
  if (type === "boolean") return value ? "yes" : "no";
  return String(value);
}
