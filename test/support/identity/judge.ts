/** Holds every write that reached Intercom, and what Intercom shows in the end, against whose contact it is. */
import { z } from "zod";
import type { LoggedRequest } from "../../../sandbox/kernel/request-log.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import { digits, type Scene, type SceneCustomer } from "./scene.ts";

const written = z.looseObject({
  external_id: z.string().nullish(),
  email: z.string().nullish(),
  name: z.string().nullish(),
  custom_attributes: z.record(z.string(), z.unknown()).nullish(),
});
type Written = z.output<typeof written>;

type Contact = ReturnType<Sandbox["intercom"]["contacts"]>[number];

/** Each wrong write and each wrong value in the end, as a line; empty when nobody saw somebody else's billing. */
export function judge(main: Sandbox, scenes: readonly Scene[]): readonly string[] {
  const writes = main.requests.since(0).filter(isAcceptedWrite);
  return [
    ...writes.flatMap((request) => judgeWrite(main, scenes, request)),
    ...scenes.flatMap((scene) => judgeEnd(main, scene)),
  ];
}

/** How many writes there were to judge: a fixture that provokes none proves nothing. */
export function countWrites(main: Sandbox): number {
  return main.requests.since(0).filter(isAcceptedWrite).length;
}

function isAcceptedWrite({ vendor, method, path, status }: LoggedRequest): boolean {
  if (vendor !== "intercom" || status !== 200) return false;
  return (method === "PUT" && /^\/contacts\/[^/]+$/.test(path)) || (method === "POST" && path === "/contacts");
}

function judgeWrite(main: Sandbox, scenes: readonly Scene[], request: LoggedRequest): readonly string[] {
  const body = written.parse(request.body);
  const contactId = request.method === "PUT" ? request.path.slice("/contacts/".length) : null;
  const contact = contactId === null ? undefined : main.intercom.contact(contactId);
  const owner = scenes.find((scene) => contactId !== null && scene.rights.has(contactId));
  const rights = contactId === null ? undefined : owner?.rights.get(contactId);
  // Who Dunlin made, or the business after it: whoever ever had that user id, or without one that address.
  const keys = contactId === null ? body : contact;
  const allowed = rights?.ever ?? customersOf(scenes, keys);
  const what = `${request.method} ${request.path} ${JSON.stringify(body)}`;
  const nearest = scenes.toSorted((a, b) => Number(isOf(b, allowed)) - Number(isOf(a, allowed)));
  return whoIsIn(owner ? [owner, ...nearest] : nearest, body).flatMap((who) =>
    who !== "somebody unknown" && allowed.includes(who)
      ? []
      : [
          `${owner?.name ?? "a contact that Dunlin made"}: ${nameOf(who)} was written to a contact of ${namesOf(allowed)}: ${what}`,
        ],
  );
}

/** Two scenes' numbers may share a factor; the one that the contact is about is asked first. */
function isOf(scene: Scene, customers: readonly SceneCustomer[]): boolean {
  return scene.customers.some((customer) => customers.includes(customer));
}

type Who = SceneCustomer | "somebody unknown";

/** Whose data a body carries, by balance, link and name. */
function whoIsIn(scenes: readonly Scene[], { name, custom_attributes: custom }: Written): readonly Who[] {
  const everybody = scenes.flatMap(({ customers }) => customers);
  const link = textOf(custom?.["stripe_customer_link"]);
  const linked = everybody.find(({ id }) => link?.endsWith(`/${id}`));
  const named = everybody.find((customer) => customer.name === name);
  return [
    ...(link === null ? [] : ([linked ?? "somebody unknown"] satisfies readonly Who[])),
    ...(typeof name === "string" ? ([named ?? "somebody unknown"] satisfies readonly Who[]) : []),
    ...whoIsInBalance(scenes, custom?.["stripe_account_balance"]),
  ];
}

function whoIsInBalance(scenes: readonly Scene[], balance: unknown): readonly Who[] {
  if (typeof balance !== "number" || balance === 0) return [];
  const amount = Math.round(-balance * 100);
  const found = scenes.filter(({ prime }) => amount % prime === 0).map((scene) => customersIn(scene, amount));
  return found.find((customers) => customers !== null) ?? ["somebody unknown"];
}

/** The customers whose digits are in the amount; null when it cannot be of this scene. */
function customersIn({ prime, customers }: Scene, amount: number): readonly SceneCustomer[] | null {
  const number = amount / prime;
  if (number >= digits ** customers.length) return null;
  return customers.filter((_customer, place) => Math.floor(number / digits ** place) % digits > 0);
}

function judgeEnd(main: Sandbox, scene: Scene): readonly string[] {
  const live = main.intercom.contacts().filter(({ state }) => state === "live");
  const named = [...scene.rights].flatMap(([contactId, rights]) => {
    const contact = live.find(({ id }) => id === contactId);
    return contact === undefined ? [] : judgeContact(scene, contact, rights.finally);
  });
  return [...named, ...scene.customers.flatMap((customer) => judgeCopies(scene, customer, live))];
}

function judgeContact(scene: Scene, contact: Contact, owners: readonly SceneCustomer[]): readonly string[] {
  const shown = Object.entries(contact.custom_attributes).filter(([name]) => name.startsWith("stripe_"));
  const who = `${scene.name}: ${contact.role} ${contact.external_id ?? "without id"} (${contact.email})`;
  if (owners.length === 0) return shown.length === 0 ? [] : [`${who} must show nothing: ${JSON.stringify(shown)}`];
  const balance = contact.custom_attributes["stripe_account_balance"];
  const wanted = owners.reduce((sum, owner) => sum + balanceOf(scene, owner), 0) / 100;
  return balance === wanted ? [] : [`${who} must show ${wanted} of ${namesOf(owners)}, and shows ${String(balance)}`];
}

/** What a customer left behind would be a second, outdated truth. */
function judgeCopies(scene: Scene, customer: SceneCustomer, live: readonly Contact[]): readonly string[] {
  const showing = live.filter(({ custom_attributes: custom }) => {
    const link = textOf(custom["stripe_customer_link"]);
    const isOurs = scene.customers.some(({ id }) => link?.endsWith(`/${id}`));
    return isOurs && whoIsInBalance([scene], custom["stripe_account_balance"]).includes(customer);
  });
  return showing.length <= 1
    ? []
    : [`${customer.name} is shown by ${showing.length} contacts: ${showing.map(({ id }) => id).join(", ")}`];
}

function balanceOf(scene: Scene, { id, account }: SceneCustomer): number {
  return scene.sandboxOf(account).stripe.world.tables.customers.get(id)?.balance ?? 0;
}

function customersOf(
  scenes: readonly Scene[],
  keys: { readonly external_id?: string | null | undefined; readonly email?: string | null | undefined } | undefined,
): readonly SceneCustomer[] {
  const { external_id: userId = null, email = null } = keys ?? {};
  const everybody = scenes.flatMap(({ customers }) => customers);
  if (userId !== null) return everybody.filter(({ userIds }) => userIds.has(userId));
  return everybody.filter(({ emails }) => [...emails].some((one) => isSameAddress(one, email)));
}

/** As the product's guide says: case, surrounding space and Unicode form do not matter, everything else does. */
function isSameAddress(a: string, b: string | null): boolean {
  const normal = (text: string): string => text.trim().normalize("NFC").toLowerCase();
  return b !== null && normal(a) === normal(b);
}

function nameOf(who: Who): string {
  return typeof who === "string" ? who : who.name;
}

function namesOf(customers: readonly SceneCustomer[]): string {
  return customers.length === 0 ? "nobody" : customers.map(({ name }) => name).join(" and ");
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
