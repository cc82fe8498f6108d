/** Station companies: how many customers one company may have. */
import { AppError } from "../model/error.ts";

/** So many customers under one key are no company; the key is one that many have by accident. */
export const membersMax = 500;

/** More customers share a company's key than a company has. */
export class CompanyTooLarge extends AppError {
  readonly code = "COMPANY_TOO_LARGE";
  readonly kind = "permanent";
  constructor(key: string) {
    super(
      `More than ${membersMax} customers share the company key “${key}”, so that it can hardly be one company. Check the key in Stripe's metadata, or exclude the domain in the mapping.`,
    );
  }
}
