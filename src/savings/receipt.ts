/** Station savings: receipts of what a customer would save, kept as they were given. */
import { AppError } from "../model/error.ts";

/** No receipt has this id. */
export class ReceiptNotFound extends AppError {
  readonly code = "SAVINGS_NOT_FOUND";
  readonly kind = "missing";
  constructor(id: string) {
    super(`There is no receipt of savings ${id}.`);
  }
}
