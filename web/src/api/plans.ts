/** Plans and savings over HTTP. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  plansFindings,
  plansInForce,
  type PlansDocument,
  type PlansFindings,
  type PlansInForce,
} from "../../../contract/plans.ts";
import { savingsReceipt, type SavingsReceipt } from "../../../contract/savings.ts";
import { isSignedOut } from "./api-error.ts";
import { getJson, sendJson } from "./request.ts";

/** Stripe may be asked for previews before a receipt is made. */
const receiptPatienceMs = 45_000;

/** The query of `GET /api/plans`. It is not asked again by itself: a draft stands on what its author saw. */
export function plansQuery() {
  return queryOptions({
    queryKey: ["plans"],
    queryFn: ({ signal }) => getJson("/api/plans", plansInForce, signal),
    staleTime: Infinity,
    retry: false,
    networkMode: "always",
    throwOnError: (error: Error) => isSignedOut(error),
  });
}

const checkKeptMs = 60_000;

/** The query of `POST /api/plans/check`: what is to be said about a document whose form is right. */
export function plansCheckQuery(document: PlansDocument, enabled: boolean) {
  return queryOptions({
    queryKey: ["plans-check", document],
    queryFn: ({ signal }) => checkPlans(document, signal),
    enabled,
    staleTime: Infinity,
    gcTime: checkKeptMs,
    placeholderData: keepPreviousData,
    retry: false,
    networkMode: "always",
  });
}

function checkPlans(document: PlansDocument, signal: AbortSignal): Promise<PlansFindings> {
  return sendJson("/api/plans/check", plansFindings, { method: "POST", body: { document }, signal });
}

export type PlansToSave = { readonly document: PlansDocument; readonly basedOn: number; readonly note?: string };

/** Saves the plans; refused with `DOCUMENT_CHANGED` when somebody else was faster. */
export function savePlans(order: PlansToSave): Promise<PlansInForce> {
  return sendJson("/api/plans", plansInForce, { method: "PUT", body: order });
}

export type SavingsQuestion = {
  readonly customer: string;
  readonly account?: string;
  /** Have Stripe's previews confirm it; left out, as the installation is set. */
  readonly confirm?: true;
};

/** Works out what a customer would save under each plan. */
export function askSavings(question: SavingsQuestion): Promise<SavingsReceipt> {
  return sendJson("/api/savings", savingsReceipt, { method: "POST", body: question, patienceMs: receiptPatienceMs });
}
