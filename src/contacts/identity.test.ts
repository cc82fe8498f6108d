/** Who a customer is in Intercom: every case of the table, never a guess. */
import { describe, expect, it } from "vitest";
import { aContact, anIdentity } from "../../test/support/builders.ts";
import type { Contact } from "../model/contact.ts";
import {
  chooseByEmail,
  createModes,
  inputsText,
  isWorthALook,
  mayCreate,
  userIdOf,
  type CreateMode,
  type Identity,
  type IdentityInputs,
  type IdentityReason,
} from "./identity.ts";

const email = "jane@example.com";
const inputs = (parts: Partial<IdentityInputs> = {}): IdentityInputs => ({
  userId: null,
  email,
  createMode: "identified",
  ...parts,
});

const user = (id: string, externalId: string | null = null, address = email): Contact =>
  aContact({ id, externalId, email: address });
const lead = aContact({ id: "lead", role: "lead" });

describe("chooseByEmail", () => {
  it.each<[string, readonly Contact[], string | null, string]>([
    ["nobody has the address", [], null, "none"],
    ["only a lead has it: anybody can type any address", [lead], null, "none"],
    ["one user has it", [user("a")], null, "a"],
    ["one user and a lead have it", [lead, user("a")], null, "a"],
    ["two users have it", [user("a"), user("b")], null, "email_ambiguous"],
    ["two users of the business's own have it", [user("a", "u1"), user("b", "u2")], null, "email_ambiguous"],
    ["a user with the same user id has it", [user("a", "u1")], "u1", "a"],
    ["a user without a user id has it", [user("a")], "u1", "a"],
    ["only a user with another user id has it", [user("a", "u2")], "u1", "none"],
    ["the customer's own and another user share it", [user("b", "u2"), user("a", "u1")], "u1", "a"],
    ["the customer's own stands behind one without a user id", [user("b"), user("a", "u1")], "u1", "a"],
    ["the customer's own stands before one without a user id", [user("a", "u1"), user("b")], "u1", "a"],
    ["one without and one with another user id share it", [user("a"), user("b", "u2")], "u1", "email_ambiguous"],
    ["two without a user id share it", [user("a"), user("b")], "u1", "email_ambiguous"],
    ["the search answered somebody with another address", [user("a", null, "joan@example.com")], null, "none"],
    ["the address is written in another way", [user("a", null, " JANE@example.com")], null, "a"],
  ])("when %s", (_when, contacts, userId, expected) => {
    for (const order of [contacts, contacts.toReversed()]) {
      const choice = chooseByEmail(order, inputs({ userId }));
      const answer =
        choice.kind === "match" ? choice.contact.id : choice.kind === "quarantine" ? choice.reason : choice.kind;

      expect(answer).toBe(expected);
    }
  });

  it("matches nobody by an address that is none", () => {
    expect(chooseByEmail([user("a", null, "none")], inputs({ email: "none" }))).toEqual({ kind: "none" });
    expect(chooseByEmail([aContact({ email: null })], inputs({ email: null }))).toEqual({ kind: "none" });
  });
});

describe("mayCreate", () => {
  it.each<[CreateMode, string | null, string | null, IdentityReason | "yes"]>([
    ["none", "u1", email, "creation_off"],
    ["none", null, null, "creation_off"],
    ["identified", "u1", email, "yes"],
    ["identified", "u1", null, "yes"],
    ["identified", null, email, "no_user_id"],
    ["identified", null, null, "no_address"],
    ["identified", null, "nonsense", "no_address"],
    ["all", "u1", null, "yes"],
    ["all", null, email, "yes"],
    ["all", null, null, "no_address"],
    ["all", null, "nonsense", "no_address"],
  ])("%s, user id %s, e-mail %s: %s", (createMode, userId, address, expected) => {
    expect(mayCreate({ createMode, userId, email: address })?.reason ?? "yes").toBe(expected);
  });
});

describe("inputsText", () => {
  it("changes with user id, address and setting, and with nothing else", () => {
    const texts = [
      inputs(),
      inputs({ userId: "u1" }),
      inputs({ email: "joan@example.com" }),
      ...createModes.map((createMode) => inputs({ createMode })),
    ].map(inputsText);

    expect(new Set(texts).size).toBe(5);
    expect(inputsText(inputs({ email: " JANE@Example.com" }))).toBe(inputsText(inputs()));
  });

  it("does not mix up a user id and an address", () => {
    expect(inputsText(inputs({ userId: email, email: null }))).not.toBe(inputsText(inputs({ userId: null, email })));
  });
});

describe("isWorthALook", () => {
  const nowMs = 1_790_000_000_000;
  const identity = (parts: Partial<Identity>): Identity =>
    anIdentity({ reason: "no_user_id", inputs: "same", checkedAtMs: nowMs, ...parts });

  it.each<[string, Partial<Identity>, boolean]>([
    ["nothing has changed", {}, false],
    ["the customer has changed", { inputs: "other" }, true],
    ["a while has passed", { checkedAtMs: nowMs - 16 * 60_000 }, true],
    ["a short while has passed", { checkedAtMs: nowMs - 14 * 60_000 }, false],
    ["somebody forgot the last look", { checkedAtMs: 0 }, true],
    ["the contact was deleted", { state: "gone", inputs: "other", checkedAtMs: 0 }, false],
    ["the contact is archived and nothing has changed", { state: "archived" }, false],
    ["the contact is archived and the customer has changed", { state: "archived", inputs: "other" }, true],
    [
      "the customer is quarantined and a while has passed",
      { state: "quarantined", checkedAtMs: nowMs - 16 * 60_000 },
      true,
    ],
  ])("when %s", (_when, parts, worth) => {
    expect(isWorthALook(identity(parts), "same", nowMs)).toBe(worth);
  });
});

describe("userIdOf", () => {
  it.each([
    [{}, null],
    [{ user_id: "u1" }, "u1"],
    [{ userId: "u2", user_id: "u1" }, "u1"],
    [{ userId: "u2" }, "u2"],
    [{ user_id: "  ", userId: "u2" }, "u2"],
    [{ user_id: " u1 " }, "u1"],
    [{ other: "x" }, null],
  ])("takes the first key that is there: %j", (metadata, userId) => {
    expect(userIdOf(metadata, ["user_id", "userId"])).toBe(userId);
  });

  it("knows nobody without keys", () => {
    expect(userIdOf({ user_id: "u1" }, [])).toBeNull();
  });
});
