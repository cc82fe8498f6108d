/** The company: an organisation in Intercom that contacts belong to, and what can be asked of it. */
import type { CustomAttributes } from "./contact.ts";

/** A company as last read from Intercom. */
export type Company = {
  /** Intercom's own id. */
  readonly id: string;
  /** The business's own id of it, given once and never changed. */
  readonly companyId: string | null;
  readonly name: string | null;
  /** The plan's name; null while none was ever told. */
  readonly plan: string | null;
  /** Whole major units without a currency. Intercom shows 0 for what it was never told. */
  readonly monthlySpend: number;
  readonly customAttributes: CustomAttributes;
};

/** The partial update that is sent: only what is named changes. Of these only custom attributes can be cleared, by null. */
export type CompanyPatch = {
  readonly name?: string;
  readonly plan?: string;
  readonly monthlySpend?: number;
  readonly customAttributes?: CustomAttributes;
};

/** Two ways in which a company ends up with a contact, and why it may not: the contact has as many companies as Intercom allows. */
export type CompanyLink = {
  readonly contactId: string;
  /**
   * - attaching: we are about to attach it
   * - ours: we attached it, and we may detach it
   * - found: it was attached before we came, and is left alone
   * - refused: Intercom does not attach it
   */
  readonly state: "attaching" | "ours" | "found" | "refused";
};
