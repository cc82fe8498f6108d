/** Companies in Intercom: found by the business's own id, made, changed, listed, and attached to contacts. */
import { z } from "zod";
import type { Company, CompanyPatch } from "../model/company.ts";
import type { AttributeValue, CustomAttributes } from "../model/contact.ts";
import type { IntercomClient } from "./client.ts";
import type { CallOptions } from "./contacts.ts";
import { IntercomNotFound } from "./failure.ts";

const text = z
  .string()
  .nullish()
  .transform((value) => (value === undefined || value === "" ? null : value));

/** Only plain values: lists and objects are not attributes that we could have written. */
const attributes = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((record): CustomAttributes => Object.fromEntries(Object.entries(record ?? {}).filter(isPlain)));

/** A company without plan shows `{}`. */
const plan = z
  .object({ name: text })
  .nullish()
  .transform((value) => value?.name ?? null);

const companySchema = z
  .object({
    id: z.string().min(1),
    company_id: text,
    name: text,
    plan,
    monthly_spend: z.number().nullish(),
    custom_attributes: attributes,
  })
  .transform((raw): Company => ({
    id: raw.id,
    companyId: raw.company_id,
    name: raw.name,
    plan: raw.plan,
    monthlySpend: raw.monthly_spend ?? 0,
    customAttributes: raw.custom_attributes,
  }));

/** The description shows a list of one, the reference pages the company itself. */
const foundSchema = z.union([
  companySchema.transform((company): readonly Company[] => [company]),
  z.object({ data: z.array(companySchema) }).transform(({ data }): readonly Company[] => data),
]);

const scrollSchema = z
  .object({ data: z.array(companySchema), scroll_param: z.string().nullish() })
  .nullable()
  .transform((page): CompanyPage => ({ companies: page?.data ?? [], cursor: page?.scroll_param ?? null }));

const attachedSchema = z.object({
  data: z.array(z.object({ id: z.string() })).optional(),
  companies: z.array(z.object({ id: z.string() })).optional(),
});

const ignored = z.unknown();

/** A company as Intercom has it after a write, and the id under which Intercom's support finds the call. */
export type CompanyWritten = { readonly company: Company; readonly requestId: string | null };

/** A page of all companies that have people; the last one is empty. */
export type CompanyPage = { readonly companies: readonly Company[]; readonly cursor: string | null };

/** Reads one company by Intercom's id. Throws IntercomNotFound, also when it is archived. */
export async function getCompany(client: IntercomClient, id: string, options: CallOptions): Promise<Company> {
  const read = { method: "GET", path: "/companies/{id}", params: { id }, effect: "read" } as const;
  return (await client.request({ ...read, schema: companySchema, ...options })).data;
}

/** Finds the company with this id of the business; null when there is none. */
export async function findCompanyByOwnId(
  client: IntercomClient,
  companyId: string,
  options: CallOptions,
): Promise<Company | null> {
  try {
    const read = { method: "GET", path: "/companies", query: { company_id: companyId }, effect: "read" } as const;
    const { data } = await client.request({ ...read, schema: foundSchema, ...options });
    return data.find((company) => company.companyId === companyId) ?? null;
  } catch (error) {
    if (error instanceof IntercomNotFound) return null;
    throw error;
  }
}

/** Creates the company, or changes the one with this id of the business: sending it twice makes one. */
export async function upsertCompany(
  client: IntercomClient,
  { companyId, patch }: { readonly companyId: string; readonly patch: CompanyPatch },
  options: CallOptions,
): Promise<CompanyWritten> {
  const body = { company_id: companyId, ...toWire(patch) };
  const upsert = { method: "POST", path: "/companies", body, effect: "idempotent" } as const;
  const { data, requestId } = await client.request({ ...upsert, schema: companySchema, ...options });
  return { company: data, requestId };
}

/** Changes what the patch names and answers the company as Intercom has it then. Throws IntercomNotFound. */
export async function updateCompany(
  client: IntercomClient,
  { id, patch }: { readonly id: string; readonly patch: CompanyPatch },
  options: CallOptions,
): Promise<CompanyWritten> {
  const update = { method: "PUT", path: "/companies/{id}", params: { id }, body: toWire(patch) } as const;
  const { data, requestId } = await client.request({
    ...update,
    effect: "idempotent",
    schema: companySchema,
    ...options,
  });
  return { company: data, requestId };
}

/** A contact and a company, both by Intercom's ids. */
export type Attachment = { readonly contactId: string; readonly companyId: string };

/**
 * Whether the contact has this company. Looks at the first page of the contact's companies only: of somebody with more than
 * that it answers false, and attaching what is attached changes nothing. Throws IntercomNotFound for the contact.
 */
export async function isAttached(
  client: IntercomClient,
  { contactId, companyId }: Attachment,
  options: CallOptions,
): Promise<boolean> {
  const path = "/contacts/{contactId}/companies";
  const read = { method: "GET", path, params: { contactId }, effect: "read" } as const;
  const { data } = await client.request({ ...read, schema: attachedSchema, ...options });
  // The schema of the description says `companies`, its example and the live API `data`.
  return [...(data.data ?? []), ...(data.companies ?? [])].some(({ id }) => id === companyId);
}

/** Attaches the company; what is attached stays so. Throws IntercomNotFound for either, IntercomRejected at the limit of 1,000. */
export async function attachCompany(
  client: IntercomClient,
  { contactId, companyId }: Attachment,
  options: CallOptions,
): Promise<string | null> {
  const path = "/contacts/{contactId}/companies";
  const attach = { method: "POST", path, params: { contactId }, body: { id: companyId } } as const;
  return (await client.request({ ...attach, effect: "idempotent", schema: ignored, ...options })).requestId;
}

/** Detaches the company. Throws IntercomNotFound for either. */
export async function detachCompany(
  client: IntercomClient,
  { contactId, companyId }: Attachment,
  options: CallOptions,
): Promise<string | null> {
  const path = "/contacts/{contactId}/companies/{companyId}";
  const detach = { method: "DELETE", path, params: { contactId, companyId }, effect: "idempotent" } as const;
  return (await client.request({ ...detach, schema: ignored, ...options })).requestId;
}

/**
 * The next page of all companies; begin with null. The ordinary list ends at 10,000 and is sorted by when a company was seen
 * last, so that companies move between pages; a scroll shows each once. An app has one scroll at a time, a minute long.
 */
export async function scrollCompanies(
  client: IntercomClient,
  cursor: string | null,
  options: CallOptions,
): Promise<CompanyPage> {
  const query = { scroll_param: cursor ?? undefined };
  const read = { method: "GET", path: "/companies/scroll", query, effect: "read" } as const;
  return (await client.request({ ...read, schema: scrollSchema, ...options })).data;
}

/** The body as Intercom names it; what the patch leaves out stays out of the JSON. */
function toWire({
  name,
  plan: planName,
  monthlySpend,
  customAttributes,
}: CompanyPatch): Readonly<Record<string, unknown>> {
  return { name, plan: planName, monthly_spend: monthlySpend, custom_attributes: customAttributes };
}

function isPlain(entry: [string, unknown]): entry is [string, AttributeValue] {
  const value = entry[1];
  return value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}
