/** The receipt itself: today's bill, the other one, the difference, and what it all rests on. */
import { IconCircleCheck, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { CandidatePlan, Refusal, SavingsReceipt } from "../../../../contract/savings.ts";
import { useFormat } from "../../format/use-format.ts";
import { Mark } from "../../shell/mark.tsx";
import { BillBlock } from "./bill-block.tsx";
import classes from "./receipt.module.css";
import { ReceiptGrounds } from "./receipt-grounds.tsx";
import { refusalOf, type ReceiptView } from "./receipt-view.ts";
import { useReceiptWords } from "./use-receipt-words.ts";

type Props = {
  readonly receipt: SavingsReceipt;
  readonly candidate: CandidatePlan | null;
  readonly view: ReceiptView;
  readonly isConfirming: boolean;
  /** Somebody wants Stripe to confirm it. */
  readonly onConfirm: () => void;
};

/** The paper. */
export function ReceiptPaper(props: Props): ReactNode {
  const { receipt, candidate, view } = props;
  const { t } = useTranslation();
  const refusal = refusalOf(receipt, candidate, view);
  return (
    <article className={classes["sheet"]} aria-label={t("receipt.title")}>
      <div className={classes["paper"]}>
        <Head {...props} />
        <Bills {...props} />
        {refusal ? (
          <Refused refusal={refusal} candidate={receipt.refusal ? null : candidate} />
        ) : (
          <Verdict {...props} />
        )}
        {!candidate && !refusal && <p className={classes["remark"]}>{t("receipt.noCandidates")}</p>}
        <ReceiptGrounds {...props} />
      </div>
    </article>
  );
}

function Head({ receipt: { customerId, createdAt } }: Props): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  return (
    <header className={classes["head"]}>
      <Mark size={40} />
      <h2>{t("receipt.title")}</h2>
      <p>
        <code>{customerId}</code>
        <span>{format.moment(new Date(createdAt))}</span>
      </p>
    </header>
  );
}

function Bills({ receipt, candidate, view: { current, compared } }: Props): ReactNode {
  const { t } = useTranslation();
  const name = receipt.currentPlan?.name ?? t("receipt.noPlanName");
  return (
    <>
      {current?.bill && <BillBlock title={t("receipt.today")} name={name} bill={current.bill} receipt={receipt} />}
      {candidate && compared?.bill && (
        <BillBlock title={t("receipt.instead")} name={candidate.name} bill={compared.bill} receipt={receipt} />
      )}
    </>
  );
}

function Refused({
  refusal,
  candidate,
}: {
  readonly refusal: Refusal;
  readonly candidate: CandidatePlan | null;
}): ReactNode {
  const { t } = useTranslation();
  const words = useReceiptWords({ currency: null });
  const title = candidate?.outcome === "not_eligible" ? "receipt.notEligible" : "receipt.refused";
  return (
    <div className={classes["refused"]}>
      <h3>
        <IconInfoCircle size={18} aria-hidden /> {t(title, { plan: candidate?.name ?? t("receipt.anyPlan") })}
      </h3>
      <p>{words.reason(refusal)}</p>
    </div>
  );
}

function Verdict({ receipt, candidate, view: { compared } }: Props): ReactNode {
  const { t } = useTranslation();
  const words = useReceiptWords(receipt);
  const difference = compared?.difference;
  if (!difference || !candidate) return null;
  const tone = difference.yearMinor < 0 ? "saves" : "costs";
  const varies = compared.bill?.yearVariesMinor ?? 0;
  const rows = [
    ["month", difference.monthMinor],
    ["year", difference.yearMinor],
  ] as const;
  return (
    <div className={classes["verdict"]} data-tone={tone}>
      <dl>
        {rows.map(([per, minor]) => (
          <div key={per} data-per={per}>
            <dt>{t(`receipt.${minor < 0 ? "saved" : "more"}.${per}`)}</dt>
            <dd>{words.money(Math.abs(minor))}</dd>
          </div>
        ))}
      </dl>
      {varies > 0 && <p>{t("receipt.varies", { amount: words.money(varies) })}</p>}
      {candidate.cheaper && difference.yearMinor < 0 && (
        <p className={classes["sure"]}>
          <IconCircleCheck size={16} aria-hidden /> {t("receipt.sure")}
        </p>
      )}
    </div>
  );
}
