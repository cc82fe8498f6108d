/** The small print of a receipt: from where it pays off, whether Stripe agrees, which usage was taken, and its number. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { BreakEven, CandidatePlan, SavingsReceipt, UsageTaken } from "../../../../contract/savings.ts";
import { useFormat } from "../../format/use-format.ts";
import classes from "./receipt.module.css";
import type { ReceiptView } from "./receipt-view.ts";
import { useReceiptWords } from "./use-receipt-words.ts";

type Props = {
  readonly receipt: SavingsReceipt;
  readonly candidate: CandidatePlan | null;
  readonly view: ReceiptView;
  readonly isConfirming: boolean;
  readonly onConfirm: () => void;
};

/** The foot of the paper. */
export function ReceiptGrounds(props: Props): ReactNode {
  const { receipt, candidate, view } = props;
  const { t } = useTranslation();
  const words = useReceiptWords(receipt);
  const usage = view.current?.usage ?? [];
  const breakEven = candidate?.breakEven ?? null;
  const nameOf = ({ of, name }: BreakEven): string =>
    of === "quantity" ? t("receipt.quantityOf", { name }) : (usage.find((one) => one.meterId === name)?.name ?? name);
  return (
    <footer className={classes["grounds"]}>
      <dl>
        {breakEven && (
          <div>
            <dt>{t("receipt.breakEven")}</dt>
            <dd>{words.breakEven(breakEven, nameOf(breakEven))}</dd>
          </div>
        )}
        {usage.map((taken) => (
          <UsageRow key={taken.meterId} taken={taken} isProjected={view.current?.basis === "projected"} />
        ))}
        {receipt.outcome === "compared" && <Confirmation {...props} />}
        <div>
          <dt>{t("receipt.plansVersion")}</dt>
          <dd>{t("receipt.version", { version: receipt.inputs.plansVersion })}</dd>
        </div>
        <div>
          <dt>{t("receipt.number")}</dt>
          <dd>
            <code>{receipt.id}</code>
          </dd>
        </div>
      </dl>
      <p>{t("receipt.taxes")}</p>
    </footer>
  );
}

function Confirmation({ receipt: { confirmation }, isConfirming, onConfirm }: Props): ReactNode {
  const { t } = useTranslation();
  return (
    <div>
      <dt>{t("receipt.confirmation")}</dt>
      <dd>
        {t(`receipt.confirmed.${confirmation?.outcome ?? "none"}`)}
        {!confirmation && (
          <button type="button" className={classes["confirm"]} disabled={isConfirming} onClick={onConfirm}>
            {t(isConfirming ? "receipt.confirming" : "receipt.confirm")}
          </button>
        )}
      </dd>
    </div>
  );
}

function UsageRow({ taken, isProjected }: { readonly taken: UsageTaken; readonly isProjected: boolean }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const words = useReceiptWords({ currency: null });
  const { name, value, measured, periodStart, periodEnd, asOf } = taken;
  const period = { from: format.day(new Date(periodStart)), to: format.day(new Date(periodEnd)) };
  return (
    <div>
      <dt>{t("receipt.usageOf", { name })}</dt>
      <dd>
        {t("receipt.usageTaken", { units: words.units(value), ...period })}{" "}
        {isProjected &&
          t("receipt.usageProjected", { units: words.units(measured), at: format.moment(new Date(asOf)) })}
      </dd>
    </div>
  );
}
