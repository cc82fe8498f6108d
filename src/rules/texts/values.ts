/** Station rules: facts as Liquid handles them. Each knows how it is written, so that none is ever written raw. */
import { Drop } from "liquidjs";
import { toMajor, type Money } from "../../model/money.ts";
import { isLinkName, type TextFact, type TextInstant, type TextLink } from "./scope.ts";

/** Something that is not known. It is false in conditions, `default` replaces it, and where it is written nothing is sent. */
export class MissingValue extends Drop {
  readonly name: string;
  constructor(name: string) {
    super();
    this.name = name;
  }
  override valueOf(): null {
    return null;
  }
}

/** An amount; conditions compare its whole units. */
export class MoneyValue extends Drop {
  readonly money: Money;
  constructor(money: Money) {
    super();
    this.money = money;
  }
  override valueOf(): number {
    return toMajor(this.money);
  }
}

/** An instant; conditions compare its unix seconds. */
export class InstantValue extends Drop {
  readonly atS: number;
  constructor(atS: number) {
    super();
    this.atS = atS;
  }
  override valueOf(): number {
    return this.atS;
  }
}

/** An address of ours, the only value that may become the target of a link. */
export class LinkValue extends Drop {
  readonly url: string;
  constructor(url: string) {
    super();
    this.url = url;
  }
  override valueOf(): string {
    return this.url;
  }
}

/** A fact as Liquid handles it, by its name such as `profile.mrr` or `profile.metadata.tier`. */
export function liquidValue(fact: TextFact | undefined, name: string): unknown {
  if (fact === undefined) return new MissingValue(name);
  if (typeof fact === "string") return isLinkName(name) ? linkTo(fact, name) : textValue(fact, name);
  if (typeof fact !== "object") return fact;
  if (isMoney(fact)) return new MoneyValue(fact);
  if (isInstant(fact)) return new InstantValue(fact.atS);
  return linkTo(isLink(fact) ? fact.url : "", name);
}

/** What has nothing to be seen is not known. */
function textValue(text: string, name: string): string | MissingValue {
  const line = tidied(text);
  return /[^\s\p{Cf}]/u.test(line) ? line : new MissingValue(name);
}

/**
 * A value on one line, without what could break out of it or turn it round: line ends and control characters become blanks,
 * marks of writing direction and halves of characters are left out.
 */
function tidied(value: string): string {
  return value
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .replaceAll(/[\p{Cs}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu, "");
}

function linkTo(url: string, name: string): LinkValue | MissingValue {
  return isAddress(url) ? new LinkValue(url) : new MissingValue(name);
}

function isAddress(url: string): boolean {
  return /^https?:\/\/[^\s<>"'\\^`{|}]+$/.test(url);
}

function isMoney(fact: object): fact is Money {
  return "amountMinor" in fact && typeof fact.amountMinor === "number";
}

function isInstant(fact: object): fact is TextInstant {
  return "atS" in fact && typeof fact.atS === "number";
}

function isLink(fact: object): fact is TextLink {
  return "url" in fact && typeof fact.url === "string";
}
