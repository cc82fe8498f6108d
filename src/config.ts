/** The environment, read once: every setting with its name, type, default and help. Nothing else reads `process.env`. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { AppError } from "./model/error.ts";
import { parseRates } from "./model/rates-file.ts";
import { RateTable, type Reporting } from "./model/rates.ts";
import { regions } from "./model/region.ts";
import { roles } from "./model/role.ts";

/** One or more settings are missing or malformed; all of them are named. */
export class ConfigInvalid extends AppError {
  readonly code = "CONFIG_INVALID";
  readonly kind = "invalid";
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `The configuration has ${problems.length === 1 ? "a mistake" : `${problems.length} mistakes`}:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`,
    );
    this.problems = problems;
  }
}

type Setting<S extends z.ZodType> = {
  readonly env: string;
  readonly schema: S;
  /** Shown in the reference; a setting without one is empty unless set. */
  readonly fallback?: string;
  readonly secret?: true;
  readonly help: string;
};

function setting<S extends z.ZodType>(parts: Setting<S>): Setting<S> {
  return parts;
}

const port = z.coerce.number("must be a port number").int().min(0).max(65535);
const whole = z.coerce.number("must be a whole number").int().min(0);
const address = z.url({ protocol: /^https?$/, error: "must be an address that begins with http:// or https://" });
const list = z.string().transform((text) =>
  text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== ""),
);

/** What belongs to one of several Stripe accounts. */
export type Named = { readonly account: string; readonly value: string };

/** Names of Stripe accounts go into addresses and keys of rows. */
export const accountName = /^[a-z][a-z0-9-]{0,30}$/;

/** `name=value, name=value`; `main` is what the settings without names are about. */
function namedList(value: RegExp, what: string) {
  return list.transform((parts, context): readonly Named[] => {
    const entries = parts.map((part) => ({
      account: part.split("=")[0] ?? "",
      value: part.slice(part.indexOf("=") + 1),
    }));
    for (const { account, value: given } of entries) {
      if (accountName.test(account) && account !== "main" && value.test(given)) continue;
      const message = `must be name=${what}, separated by commas; a name has small letters, digits and hyphens, and is not main`;
      context.addIssue({ code: "custom", message });
    }
    return entries;
  });
}

/** A moment of each day, UTC; null for "off". */
type TimeOfDay = { readonly hour: number; readonly minute: number };

const timeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|off)$/, "must be a time such as 03:30, or off")
  .transform((text): TimeOfDay | null =>
    text === "off" ? null : { hour: Number(text.slice(0, 2)), minute: Number(text.slice(3)) },
  );

const rateTable = z.string().transform((text, context): RateTable => {
  const { rates, problem } = parseRates(text);
  if (problem !== undefined) context.addIssue({ code: "custom", message: `cannot be read: ${problem}` });
  return new RateTable(rates);
});

/** Every setting. The start-up log is made from this table, and the reference page is checked against it. */
export const configKeys = {
  port: setting({ env: "PORT", schema: port, fallback: "4242", help: "Port that Dunlin listens on." }),
  host: setting({
    env: "HOST",
    schema: z.string(),
    fallback: "127.0.0.1",
    help: "Address that Dunlin listens on. Beyond loopback, pages and admin API want the admin token.",
  }),
  publicUrl: setting({
    env: "PUBLIC_URL",
    schema: address.optional(),
    help: "Address under which the vendors reach Dunlin, and customers its links. With it the Stripe webhook endpoint is created; without it events are fetched every few seconds.",
  }),
  databaseUrl: setting({
    env: "DATABASE_URL",
    schema: z
      .string()
      .regex(/^postgres(ql)?:\/\//, "must begin with postgres://")
      .optional(),
    secret: true,
    help: "PostgreSQL server (15 or newer) to use instead of the embedded one.",
  }),
  dataDir: setting({
    env: "DUNLIN_DATA_DIR",
    schema: z.string().min(1),
    fallback: "./data",
    help: "Folder for the embedded database and the key file.",
  }),
  secretKey: setting({
    env: "DUNLIN_SECRET_KEY",
    schema: z.string().min(32, "must have at least 32 characters").optional(),
    secret: true,
    help: "Key that stored credentials are encrypted with. Without it a key file is made in the data folder at the first start.",
  }),
  adminToken: setting({
    env: "DUNLIN_ADMIN_TOKEN",
    schema: z.string().min(24, "must have at least 24 characters").optional(),
    secret: true,
    help: "Token for pages and admin API from beyond loopback. Without it one is made and printed at the first start.",
  }),
  createContacts: setting({
    env: "DUNLIN_CREATE_CONTACTS",
    schema: z.enum(["none", "identified", "all"], "must be none, identified or all"),
    fallback: "identified",
    help: "Who gets a contact made when none is found: nobody, customers whose own user id is known, or everybody with an e-mail.",
  }),
  groupCustomers: setting({
    env: "DUNLIN_GROUP_CUSTOMERS",
    schema: z.enum(["person", "user_id", "none"], "must be person, user_id or none"),
    fallback: "person",
    help: "Which Stripe customers are one person: those who find the same contact (by user id or e-mail), those who share a user id, none.",
  }),
  archivedContacts: setting({
    env: "DUNLIN_ARCHIVED_CONTACTS",
    schema: z.enum(["skip", "unarchive", "ask"], "must be skip, unarchive or ask"),
    fallback: "skip",
    help: "What is done when a customer's contact is archived in Intercom: left alone until somebody unarchives it, brought back, or a person is asked.",
  }),
  userIdKeys: setting({
    env: "DUNLIN_USER_ID_KEYS",
    schema: list,
    fallback: "user_id,userId,external_id,intercom_user_id",
    help: "Keys of the Stripe customer's metadata that may hold the business's own user id; the first that is there counts.",
  }),
  attributePreset: setting({
    env: "DUNLIN_ATTRIBUTE_PRESET",
    schema: z.enum(["auto", "stripe", "billing"], "must be auto, stripe or billing"),
    fallback: "auto",
    help: "Prefix of the attributes. auto looks at the workspace once and keeps the choice.",
  }),
  settleMs: setting({
    env: "DUNLIN_SETTLE_MS",
    schema: whole.max(60_000),
    fallback: "400",
    help: "How long calm changes wait for more, in milliseconds; at most 2.25 times as long.",
  }),
  secondLookMs: setting({
    env: "DUNLIN_SECOND_LOOK_MS",
    schema: whole.max(3_600_000),
    fallback: "150000",
    help: "After how many milliseconds a new customer of whom only the e-mail is known, and who has no contact, is looked up once more: Intercom's search lags. 0 for never.",
  }),
  reportingCurrency: setting({
    env: "DUNLIN_REPORTING_CURRENCY",
    schema: z
      .string()
      .regex(/^[A-Za-z]{3}$/, "must be a currency such as EUR")
      .toLowerCase()
      .optional(),
    help: "Currency that totals over all currencies are given in, by the rates that you supply.",
  }),
  rates: setting({
    env: "DUNLIN_RATES",
    schema: rateTable.optional(),
    help: "Exchange rates into the reporting currency: lines date,currency,rate, or a JSON list; mostly a file, with DUNLIN_RATES_FILE.",
  }),
  confirmSavings: setting({
    env: "DUNLIN_CONFIRM_SAVINGS",
    schema: z.enum(["off", "preview"], "must be off or preview"),
    fallback: "off",
    help: "Whether Stripe confirms what a customer would save, by two invoice previews for each question; each counts as a read.",
  }),
  role: setting({
    env: "DUNLIN_ROLE",
    schema: z.enum(roles, "must be all, web or worker"),
    fallback: "all",
    help: "What this node does, of several on one database: everything; web: webhooks and pages; worker: the work behind them.",
  }),
  reconcileAt: setting({
    env: "DUNLIN_RECONCILE_AT",
    schema: timeOfDay,
    fallback: "03:30",
    help: "When both sides are compared each day, UTC, as hh:mm; off turns it off.",
  }),
  catchUpMs: setting({
    env: "DUNLIN_CATCH_UP_MS",
    schema: whole.min(1_000).max(3_600_000),
    fallback: "300000",
    help: "How often Stripe's list of events is read behind the webhook, in milliseconds; what was never delivered is found then.",
  }),
  usageCallsPerHour: setting({
    env: "DUNLIN_USAGE_CALLS_PER_HOUR",
    schema: whole.max(60_000),
    fallback: "120",
    help: "How many reads of Stripe may be spent per hour and account on the usage of metered customers; 0 reads only when somebody looks.",
  }),
  usageToken: setting({
    env: "DUNLIN_USAGE_TOKEN",
    schema: z.string().min(24, "must have at least 24 characters").optional(),
    secret: true,
    help: "Token with which your own programs push usage to `POST /api/usage`, and nothing else. Without it the admin token is needed.",
  }),
  logLevel: setting({
    env: "DUNLIN_LOG_LEVEL",
    schema: z.enum(["debug", "info", "warn", "error", "silent"], "must be debug, info, warn, error or silent"),
    fallback: "info",
    help: "How much is logged.",
  }),
  stripeApiKey: setting({
    env: "STRIPE_API_KEY",
    schema: z
      .string()
      .regex(/^(sk|rk)_(test|live)_\S+$/, "must be a Stripe key: sk_test_…, rk_test_…, sk_live_… or rk_live_…")
      .optional(),
    secret: true,
    help: "Stripe key; a restricted one with the permissions that `dunlin doctor` lists is enough.",
  }),
  stripeWebhookSecrets: setting({
    env: "STRIPE_WEBHOOK_SECRET",
    schema: list.refine((secrets) => secrets.length > 0, "must hold at least one secret").optional(),
    secret: true,
    help: "Signing secret of a webhook endpoint that you manage yourself; several, separated by commas, while one is being rolled. When set, no endpoint is created.",
  }),
  stripeFurtherApiKeys: setting({
    env: "STRIPE_FURTHER_API_KEYS",
    schema: namedList(/^(sk|rk)_(test|live)_\S+$/, "a Stripe key").optional(),
    secret: true,
    help: "Keys of further Stripe accounts as name=key, separated by commas; STRIPE_API_KEY is the main account's. Their events go to /webhooks/stripe/<name>.",
  }),
  stripeFurtherWebhookSecrets: setting({
    env: "STRIPE_FURTHER_WEBHOOK_SECRETS",
    schema: namedList(/^\S+$/, "a signing secret").optional(),
    secret: true,
    help: "Signing secrets of endpoints that you manage yourself for further accounts, as name=secret; a name may stand there twice while a secret is being rolled.",
  }),
  stripeFurtherApiBases: setting({
    env: "STRIPE_FURTHER_API_BASES",
    schema: namedList(/^https?:\/\/\S+$/, "an address").optional(),
    help: "Where Stripe's API is for further accounts, as name=address; for tests and proxies. Default STRIPE_API_BASE.",
  }),
  stripeApiBase: setting({
    env: "STRIPE_API_BASE",
    schema: address,
    fallback: "https://api.stripe.com",
    help: "Where Stripe's API is; for tests and proxies.",
  }),
  intercomAccessToken: setting({
    env: "INTERCOM_ACCESS_TOKEN",
    schema: z.string().min(1).optional(),
    secret: true,
    help: "Access token of a private app in Intercom's Developer Hub.",
  }),
  intercomClientSecret: setting({
    env: "INTERCOM_CLIENT_SECRET",
    schema: z.string().min(1).optional(),
    secret: true,
    help: "Client secret of the same app; it signs Intercom's webhooks.",
  }),
  intercomRegion: setting({
    env: "INTERCOM_REGION",
    schema: z.enum(regions, "must be us, eu or au").optional(),
    help: "Where the workspace is hosted. Default us.",
  }),
  intercomApiBase: setting({
    env: "INTERCOM_API_BASE",
    schema: address.optional(),
    help: "Where Intercom's API is; by default the host of the region.",
  }),
  aiApiKey: setting({
    env: "AI_API_KEY",
    schema: z.string().min(1).optional(),
    secret: true,
    help: "Key of the language model that drafts messages; sent to the address in the rules document's `model`, and nowhere else.",
  }),
  webhooksPrivate: setting({
    env: "DUNLIN_WEBHOOKS_PRIVATE",
    schema: z.enum(["refuse", "allow"], "must be refuse or allow"),
    fallback: "refuse",
    help: "Whether webhooks of rules may call addresses in private networks, such as 127.0.0.1 or 10.0.0.1.",
  }),
  sandboxPort: setting({ env: "SANDBOX_PORT", schema: port, fallback: "4243", help: "Port of the sandbox." }),
  sandboxCustomers: setting({
    env: "SANDBOX_CUSTOMERS",
    schema: whole.min(1).max(1_000_000),
    fallback: "40",
    help: "Customers of the sandbox's make-believe company.",
  }),
  sandboxClock: setting({
    env: "SANDBOX_CLOCK",
    schema: z.enum(["off", "follow"], "must be off or follow"),
    fallback: "off",
    help: "Whether rules go by the time of the sandbox, which can be moved forward; refused with real accounts.",
  }),
};

type Keys = typeof configKeys;
export type Config = { readonly [K in keyof Keys]: Keys[K] extends Setting<infer S> ? z.output<S> : never } & {
  /** Of commands beside a try-out: they are about its make-believe company. */
  readonly isTryOut?: true;
};

export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads the settings from an environment. Throws ConfigInvalid with every mistake at once. */
export function readConfig(
  env: Environment = process.env,
  readFile: (path: string) => string = readSecretFile,
): Config {
  const problems: string[] = [];
  const entries = Object.entries(configKeys).map(([key, { env: name, schema, fallback }]) => {
    const given = rawValue(env, name, { readFile, problems });
    const parsed = z.safeParse(schema, given ?? fallback);
    if (parsed.success) return [key, parsed.data] as const;
    problems.push(`${name} ${parsed.error.issues[0]?.message ?? "is malformed"}.`);
    return [key, undefined] as const;
  });
  if (problems.length > 0) throw new ConfigInvalid(problems);
  return toConfig(entries);
}

/** Every entry was parsed by its own schema. */
function toConfig(entries: readonly (readonly [string, unknown])[]): Config {
  return Object.freeze(Object.fromEntries(entries)) as Config; // oxlint-disable-line no-unsafe-type-assertion -- see above
}

/** The value, or the content of the file that `NAME_FILE` names; an empty text counts as not set. */
function rawValue(
  env: Environment,
  name: string,
  { readFile, problems }: { readonly readFile: (path: string) => string; readonly problems: string[] },
): string | undefined {
  const path = env[`${name}_FILE`];
  const given = env[name];
  if (path && given) problems.push(`${name} and ${name}_FILE are both set; keep one of them.`);
  if (!path) return textOrNothing(given);
  try {
    return textOrNothing(readFile(path));
  } catch {
    problems.push(`${name}_FILE names ${path}, which cannot be read.`);
    return undefined;
  }
}

function textOrNothing(text: string | undefined): string | undefined {
  const trimmed = text?.trim();
  return trimmed === "" ? undefined : trimmed;
}

function readSecretFile(path: string): string {
  return readFileSync(path, "utf8");
}

/** What reports are made in; none when the operator names no currency. */
export function reportingOf({ reportingCurrency, rates }: Config): Reporting | undefined {
  return reportingCurrency === undefined
    ? undefined
    : { currency: reportingCurrency, rates: rates ?? new RateTable([]) };
}

/** What a program that we start needs of our environment. */
export function childEnvironment(): Environment {
  return { PATH: process.env["PATH"] };
}

/** The settings as they may be logged: secrets only as "set". */
export function maskedConfig(config: Config): Readonly<Record<string, unknown>> {
  const entries = Object.entries(configKeys).map(([key, { env, secret }]) => {
    const value = Object.entries(config).find(([name]) => name === key)?.[1];
    return [env, secret && value !== undefined ? "set" : value];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
