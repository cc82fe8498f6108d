/**
 * Station links: what stands in a link that a customer gets in a message, signed, so that nobody can make or change one.
 *
 * A token is base64url of: one byte for format and purpose, four for the second of its end, two for the generation, one for
 * the length of the account's name and the name itself (none for the main account), the customer's id, and the first 16
 * bytes of HMAC-SHA-256 over all of it. 128 bits are far more than anyone can try (RFC 2104 §5 asks for half of the hash).
 */
import { isSameHash, keyedHash } from "../lib/hash.ts";
import { linkFolder } from "../lib/link-token.ts";

/** Their places are in tokens that customers have: new ones go to the end. */
export const linkPurposes = ["update_payment_method", "try_again", "show_saving", "switch_plan"] as const;

export type LinkPurpose = (typeof linkPurposes)[number];

/** What a link allows: one thing, for one customer, until its end. */
export type CustomerLink = {
  readonly purpose: LinkPurpose;
  readonly account: string;
  readonly customerId: string;
  /** The unix second from which on it no longer works. */
  readonly expiresS: number;
  /** Links of an earlier generation of the customer's are revoked. */
  readonly generation: number;
};

export type LinkSettings = {
  /** From upkeep/link-secret.ts. */
  readonly secret: string;
  /** Where customers reach this server, with or without a slash at the end. */
  readonly baseUrl: string;
};

/** How long a link works unless somebody says otherwise. */
export const linkLifetimeS = 14 * 86_400;

const format = 1;
const macBytes = 16;
const headBytes = 8;
const mainAccount = "main";
/** No genuine token is longer; what is longer is not looked at. */
const tokenLengthMax = 600;
const generationMax = 0xffff;

/** The address of a link. The same link has the same address. Throws RangeError for what no token can carry. */
export function linkUrl(
  { secret, baseUrl }: LinkSettings,
  { generation = 0, ...link }: Omit<CustomerLink, "generation"> & { readonly generation?: number },
): string {
  return `${baseUrl.replace(/\/+$/, "")}${linkFolder}${sign(secret, encode({ ...link, generation }))}`;
}

/**
 * What a token says, however old it is; null for everything that was not made with this secret. Takes as long for a wrong
 * signature as for a right one.
 */
export function readToken(secret: string, token: string): CustomerLink | null {
  const bytes = Buffer.from(token.length > tokenLengthMax ? "" : token, "base64url");
  const body = bytes.subarray(0, Math.max(0, bytes.length - macBytes));
  const given = Buffer.alloc(macBytes);
  bytes.copy(given, 0, body.length);
  const isGenuine = isSameHash(given, macOf(secret, body));
  // Base64 has several spellings of some bytes: only ours counts, so that a changed character is a changed token.
  return isGenuine && bytes.toString("base64url") === token ? decode(body) : null;
}

function sign(secret: string, body: Buffer): string {
  return Buffer.concat([body, macOf(secret, body)]).toString("base64url");
}

/** The words in front keep these signatures apart from anything else that is ever signed with the secret. */
function macOf(secret: string, body: Buffer): Buffer {
  return keyedHash(secret, "dunlin customer link", body).subarray(0, macBytes);
}

function encode({ purpose, account, customerId, expiresS, generation }: CustomerLink): Buffer {
  const name = Buffer.from(account === mainAccount ? "" : account, "utf8");
  if (name.length > 0xff || generation > generationMax || customerId === "") {
    throw new RangeError("No link can carry this account, customer or generation.");
  }
  const head = Buffer.alloc(headBytes);
  head.writeUInt8(format * 16 + linkPurposes.indexOf(purpose), 0);
  head.writeUInt32BE(expiresS, 1);
  head.writeUInt16BE(generation, 5);
  head.writeUInt8(name.length, 7);
  return Buffer.concat([head, name, Buffer.from(customerId, "utf8")]);
}

/** Null for a purpose or format that only another version of Dunlin knows. */
function decode(body: Buffer): CustomerLink | null {
  if (body.length <= headBytes) return null;
  const first = body.readUInt8(0);
  const purpose = first >> 4 === format ? linkPurposes[first & 0x0f] : undefined;
  if (purpose === undefined) return null;
  const nameEnd = headBytes + body.readUInt8(7);
  return {
    purpose,
    account: body.toString("utf8", headBytes, nameEnd) || mainAccount,
    customerId: body.toString("utf8", nameEnd),
    expiresS: body.readUInt32BE(1),
    generation: body.readUInt16BE(5),
  };
}
