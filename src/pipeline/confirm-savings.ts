/** Asks Stripe for previews of the present plan and of the one that a receipt recommends, and keeps what it said. */
import type { PreviewCheck, SavingsConfirmation } from "../../contract/savings.ts";
import { otherBasket, type Basket } from "../billing/savings/basket.ts";
import type { SavingsQuestion } from "../billing/savings/compare.ts";
import { checkPreview, outcomeOf } from "../billing/savings/preview-check.ts";
import { presentSideOf, type PresentSide } from "../billing/savings/present.ts";
import { isRefusal } from "../billing/savings/refusals.ts";
import type { Pool } from "../db/pool.ts";
import { AppError } from "../model/error.ts";
import { saveConfirmation, type StoredReceipt } from "../savings/store.ts";
import { previewInvoice, type ItemChange } from "../stripe/invoice-preview.ts";
import type { StripeClient } from "../stripe/client.ts";

export type SavingsSource = {
  readonly pool: Pool;
  readonly nowMs: () => number;
  /** Of an account that is connected; without one, only what is stored is known and nothing is confirmed. */
  readonly stripe: (account: string) => StripeClient | undefined;
  /** Whether Stripe confirms when nobody says otherwise. */
  readonly confirm: boolean;
};

export type ToConfirm = {
  readonly stored: StoredReceipt;
  readonly question: SavingsQuestion;
  readonly account: string;
};

/** The receipt with what Stripe said. Without anything to recommend, and without a connection, nothing is asked. */
export async function confirmSavings(source: SavingsSource, toConfirm: ToConfirm): Promise<StoredReceipt> {
  const { stored, question, account } = toConfirm;
  const stripe = source.stripe(account);
  const present = presentSideOf(question);
  const plan = question.document.plans.find(({ id }) => id === stored.body.recommended);
  if (!stripe || !plan || isRefusal(present)) return stored;
  const other = otherBasket(plan, { present: present.basket, prices: question.prices });
  if (isRefusal(other)) return stored;
  const askedAt = new Date(source.nowMs()).toISOString();
  const said = await askStripe(stripe, { ...toConfirm, present, other: { planId: plan.id, basket: other }, askedAt });
  return saveConfirmation(source.pool, stored.body.id, said);
}

type Question = ToConfirm & {
  readonly present: PresentSide;
  readonly other: { readonly planId: string; readonly basket: Basket };
  readonly askedAt: string;
};

async function askStripe(stripe: StripeClient, asked: Question): Promise<SavingsConfirmation> {
  const { present, other, askedAt } = asked;
  try {
    const checks = [
      await checked(stripe, asked, { planId: null, basket: present.basket }),
      await checked(stripe, asked, other),
    ];
    return { askedAt, outcome: outcomeOf(checks), checks, error: null };
  } catch (error) {
    // That Stripe could not be asked is part of the answer: the receipt stands, and says that nobody confirmed it.
    if (!(error instanceof AppError)) throw error;
    return { askedAt, outcome: "failed", checks: [], error: { code: error.code, message: error.message } };
  }
}

async function checked(
  stripe: StripeClient,
  { stored, question, present, askedAt }: Question,
  { planId, basket }: { readonly planId: string | null; readonly basket: Basket },
): Promise<PreviewCheck> {
  const preview = await previewInvoice(stripe, {
    subscriptionId: question.subscription.id,
    items: planId === null ? [] : itemChanges(present.basket, basket),
    // Asked again, Stripe must reckon again: its answer to a key stands for a day.
    key: `preview:${stored.body.id}:${planId ?? "present"}:${askedAt}`,
  });
  return checkPreview({ planId, basket, discounts: present.discounts, preview });
}

/** The change of plans as the API takes it: an item goes on where something counts the same, the others go and come. */
function itemChanges(present: Basket, other: Basket): readonly ItemChange[] {
  const going = present.lines.filter(({ kept }) => !kept);
  const taken = new Set<string>();
  const coming = other.lines
    .filter(({ kept }) => !kept)
    .map(({ priceId, units, role }): ItemChange => {
      const same = going.find(
        (line) =>
          (units.kind === "usage" && line.units.kind === "usage" && line.units.meterId === units.meterId) ||
          (units.kind === "quantity" && line.units.kind === "quantity" && line.role === role),
      );
      if (same?.itemId) taken.add(same.itemId);
      return {
        ...(same?.itemId ? { id: same.itemId } : {}),
        price: priceId,
        ...(units.kind === "quantity" ? { quantity: units.quantity } : {}),
      };
    });
  const gone = going.flatMap(({ itemId }) => (itemId !== null && !taken.has(itemId) ? [itemId] : []));
  return [...coming, ...gone.map((id): ItemChange => ({ id, deleted: true }))];
}
