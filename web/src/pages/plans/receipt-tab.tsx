/** Asks for a customer, and shows what they would save. */
import { Button, Loader, TextInput } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { askSavings } from "../../api/plans.ts";
import { Empty } from "../../page/empty.tsx";
import { useFailureText } from "../../page/failure-text.ts";
import { Notice } from "../../page/notice.tsx";
import { Comparison } from "./comparison.tsx";
import classes from "./plans.module.css";

type Props = { readonly hasPlans: boolean; readonly onPlans: () => void };

/** The part. */
export function ReceiptTab({ hasPlans, onPlans }: Props): ReactNode {
  const { t } = useTranslation();
  const failureText = useFailureText();
  const [customer, setCustomer] = useState("");
  const { mutate, data, error, isPending } = useMutation({ mutationFn: askSavings, networkMode: "always" });
  if (!hasPlans) {
    return (
      <Empty title={t("receipt.noPlansTitle")}>
        <p>{t("receipt.noPlansText")}</p>
        <Button variant="default" onClick={onPlans}>
          {t("receipt.toPlans")}
        </Button>
      </Empty>
    );
  }
  return (
    <div className={classes["receiptTab"]}>
      <form
        className={classes["ask"]}
        onSubmit={(event) => {
          event.preventDefault();
          if (customer.trim() !== "") mutate({ customer: customer.trim() });
        }}
      >
        <TextInput
          className={classes["grow"] ?? ""}
          label={t("customer.label")}
          description={t("customer.help")}
          value={customer}
          spellCheck={false}
          autoCapitalize="off"
          onChange={(event) => setCustomer(event.currentTarget.value)}
        />
        <Button type="submit" loading={isPending} disabled={customer.trim() === ""}>
          {t("receipt.make")}
        </Button>
      </form>
      <div aria-live="polite">
        {error && (
          <Notice tone="brick" icon={<IconAlertTriangle size={18} />} title={t("receipt.failed")}>
            <p>{failureText(error)}</p>
          </Notice>
        )}
        {isPending && (
          <p className={classes["busy"]}>
            <Loader size={18} aria-hidden /> {t("receipt.working")}
          </p>
        )}
      </div>
      {data && !isPending && !error && <Comparison key={data.id} receipt={data} />}
      {!data && !isPending && !error && (
        <Empty title={t("receipt.emptyTitle")}>
          <p>{t("receipt.emptyText")}</p>
        </Empty>
      )}
    </div>
  );
}
