/** One bill on the receipt: its lines, discounts and totals. */
import { useId, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Bill, SavingsReceipt } from "../../../../contract/savings.ts";
import classes from "./receipt.module.css";
import { partsOf, type BillPart } from "./receipt-view.ts";
import { useReceiptWords } from "./use-receipt-words.ts";

type Props = {
  readonly title: string;
  readonly name: string;
  readonly bill: Bill;
  readonly receipt: SavingsReceipt;
};

/** The block. */
export function BillBlock({ title, name, bill, receipt }: Props): ReactNode {
  const { t } = useTranslation();
  const words = useReceiptWords(receipt);
  const id = useId();
  // The total of a single monthly invoice says it already.
  const isMonthly = bill.invoices.length === 1 && bill.invoices[0]?.totalMinor === bill.monthMinor;
  return (
    <section className={classes["bill"]} aria-labelledby={id}>
      <h3 id={id}>
        <span>{title}</span> {name}
      </h3>
      {partsOf(bill).map((part) => (
        <Part key={`${part.invoice.interval} ${part.invoice.intervalCount}`} part={part} receipt={receipt} />
      ))}
      <dl className={classes["sums"]}>
        {!isMonthly && (
          <div>
            <dt>{t("receipt.perMonth")}</dt>
            <dd>{words.money(bill.monthMinor)}</dd>
          </div>
        )}
        <div>
          <dt>{t("receipt.perYear")}</dt>
          <dd>{words.money(bill.yearMinor)}</dd>
        </div>
      </dl>
    </section>
  );
}

function Part({ part, receipt }: { readonly part: BillPart; readonly receipt: SavingsReceipt }): ReactNode {
  const { t } = useTranslation();
  const words = useReceiptWords(receipt);
  const { invoice, lines } = part;
  const every = words.every(invoice);
  return (
    <table className={classes["lines"]} aria-label={every}>
      <tbody>
        {lines.map(({ priceId, name, units, kind, amountMinor, kept }) => (
          <tr key={`${priceId} ${name}`}>
            <td>
              {name}
              <span>
                {t(kind === "usage" ? "receipt.used" : "receipt.quantity", { units: words.units(units) })}
                {kept && ` · ${t("receipt.kept")}`}
              </span>
            </td>
            <td>{words.money(amountMinor)}</td>
          </tr>
        ))}
        {invoice.discounts.map(({ id, amountMinor }) => (
          <tr key={id} className={classes["discount"]}>
            <td>{t("receipt.discount", { id })}</td>
            <td>{words.money(-Math.abs(amountMinor))}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{t("receipt.total", { every })}</th>
          <td>{words.money(invoice.totalMinor)}</td>
        </tr>
      </tfoot>
    </table>
  );
}
