/** A receipt with the plans that it compares: one is chosen, and the paper shows it beside today's. */
import { SegmentedControl } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { CandidatePlan, SavingsBasis, SavingsReceipt } from "../../../../contract/savings.ts";
import { askSavings } from "../../api/plans.ts";
import classes from "./plans.module.css";
import { basesOf, firstBasis, rankedCandidates, viewOf } from "./receipt-view.ts";
import { ReceiptPaper } from "./receipt-paper.tsx";
import { useReceiptWords } from "./use-receipt-words.ts";

/** The choice and the paper. */
export function Comparison({ receipt: asked }: { readonly receipt: SavingsReceipt }): ReactNode {
  const { t } = useTranslation();
  const confirmation = useMutation({ mutationFn: askSavings, networkMode: "always" });
  const receipt = confirmation.data ?? asked;
  const { account, customerId: customer } = receipt;
  const [basis, setBasis] = useState<SavingsBasis>(firstBasis(receipt));
  const ranked = rankedCandidates(receipt, basis);
  const [chosen, setChosen] = useState(ranked[0]?.planId ?? null);
  const candidate = ranked.find(({ planId }) => planId === chosen) ?? null;
  const bases = basesOf(receipt);
  return (
    <div className={classes["comparison"]}>
      <div className={classes["choice"]}>
        {bases.length > 1 && (
          <SegmentedControl
            fullWidth
            aria-label={t("receipt.basis")}
            data={bases.map((value) => ({ value, label: t(`receipt.bases.${value}`) }))}
            value={basis}
            onChange={setBasis}
          />
        )}
        {ranked.length > 0 && (
          <ul className={classes["candidates"]} aria-label={t("receipt.candidates")}>
            {ranked.map((plan) => (
              <li key={plan.planId}>
                <CandidateButton
                  receipt={receipt}
                  plan={plan}
                  basis={basis}
                  isChosen={plan.planId === chosen}
                  onChoose={() => setChosen(plan.planId)}
                />
              </li>
            ))}
          </ul>
        )}
      </div>
      <ReceiptPaper
        receipt={receipt}
        candidate={candidate}
        view={viewOf(receipt, candidate, basis)}
        isConfirming={confirmation.isPending}
        onConfirm={() => confirmation.mutate({ account, customer, confirm: true })}
      />
    </div>
  );
}

type ButtonProps = {
  readonly receipt: SavingsReceipt;
  readonly plan: CandidatePlan;
  readonly basis: SavingsBasis;
  readonly isChosen: boolean;
  readonly onChoose: () => void;
};

function CandidateButton({ receipt, plan, basis, isChosen, onChoose }: ButtonProps): ReactNode {
  const { t } = useTranslation();
  const words = useReceiptWords(receipt);
  const difference = viewOf(receipt, plan, basis).compared?.difference ?? null;
  const outcome = plan.outcome === "compared" && !difference ? "refused" : plan.outcome;
  return (
    <button type="button" className={classes["candidate"]} aria-pressed={isChosen} onClick={onChoose}>
      <span className={classes["candidateName"]}>
        {plan.name}
        {plan.planId === receipt.recommended && (
          <span className={classes["badge"]} data-tone="good">
            {t("receipt.recommended")}
          </span>
        )}
      </span>
      <span
        className={classes["candidateNote"]}
        data-tone={difference && difference.yearMinor < 0 ? "good" : undefined}
      >
        {difference ? words.yearly(difference.yearMinor) : t(`receipt.outcome.${outcome}`)}
      </span>
    </button>
  );
}
