/**
 * Who may not exist twice. Users are told apart by external id, then by e-mail address; leads by neither.
 *
 * | wanted (POST, or what a PUT would make of it) | already there                          | answer  |
 * | --------------------------------------------- | -------------------------------------- | ------- |
 * | a lead, whatever its e-mail address           | anybody                                | allowed |
 * | a user with external id X                     | a user with X, whatever the address    | 409     |
 * | a user with external id X and address E       | a user with E and another external id  | allowed |
 * | a user with external id X and address E       | a user with E and no external id       | 409     |
 * | a user with address E and no external id      | any user with E                        | 409     |
 * | a user with address E                         | leads with E                           | allowed |
 *
 * A lead's external id is Intercom's own invention and blocks nothing. Addresses are compared in lower case.
 *
 * | the one already there is         | it counts                  | text of the 409                                |
 * | -------------------------------- | -------------------------- | ---------------------------------------------- |
 * | live                             | yes                        | A contact matching those details already …     |
 * | archived or blocked              | yes                        | An archived contact matching those details …   |
 * | deleted less than 7 days ago     | yes, and cannot come back  | An archived contact matching those details …   |
 * | merged into somebody else        | no: the other one counts   | –                                              |
 */
import { Refusal } from "./refusal.ts";
import type { ContactRole } from "./rows.ts";
import type { Workspace } from "./workspace.ts";

export type Identity = {
  readonly role: ContactRole;
  readonly external_id: string | null;
  readonly email: string | null;
};

type Holder = Identity & { readonly id: string; readonly state: "live" | "gone" };

const lockS = 7 * 24 * 3600;

/** Refuses with 409 when somebody else holds what is wanted. `self` is the contact that is being changed. */
export function refuseDuplicate(workspace: Workspace, wanted: Identity, self?: string): void {
  if (wanted.role === "lead") return;
  const clashes = holdersOf(workspace, wanted).filter((holder) => holder.id !== self && clash(wanted, holder));
  const holder = clashes.find((clashing) => clashing.state === "live") ?? clashes[0];
  if (holder === undefined) return;
  const kind = holder.state === "live" ? "A contact" : "An archived contact";
  throw new Refusal(409, "conflict", `${kind} matching those details already exists with id=${holder.id}`);
}

function clash(wanted: Identity, holder: Holder): boolean {
  if (holder.role === "lead") return false;
  if (wanted.external_id !== null && holder.external_id === wanted.external_id) return true;
  if (wanted.email === null || holder.email !== wanted.email) return false;
  return wanted.external_id === null || holder.external_id === null;
}

function holdersOf(workspace: Workspace, wanted: Identity): readonly Holder[] {
  const { people } = workspace;
  const found = [
    ...(wanted.external_id === null ? [] : people.withExternalId(wanted.external_id)),
    ...(wanted.email === null ? [] : people.withEmail(wanted.email)),
  ];
  const present = found
    .filter((contact) => contact.state !== "merged")
    .map((contact): Holder => ({ ...contact, state: contact.state === "live" ? "live" : "gone" }));
  return [...present, ...lockedBy(workspace)];
}

function lockedBy(workspace: Workspace): readonly Holder[] {
  const { deleted } = workspace.people;
  if (deleted.size === 0) return [];
  const since = workspace.nowS() - lockS;
  return deleted
    .all()
    .filter((contact) => contact.deleted_at > since)
    .map((contact): Holder => ({ ...contact, state: "gone" }));
}
