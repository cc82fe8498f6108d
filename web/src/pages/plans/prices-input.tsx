/** The prices of a plan, and what the quantity of each counts. */
import { ActionIcon, Button, Checkbox, NumberInput, TextInput } from "@mantine/core";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PlanPrice } from "../../../../contract/plans.ts";
import pageClasses from "../../page/page.module.css";
import type { PlanPartProps } from "./plan-part.ts";
import { freshPrice } from "./plans-draft.ts";
import classes from "./plans.module.css";

/** The group. */
export function PricesInput({ plan, onChange, errorAt }: PlanPartProps): ReactNode {
  const { t } = useTranslation();
  const { prices } = plan;
  const set = (next: readonly PlanPrice[]): void => onChange({ ...plan, prices: [...next] });
  return (
    <fieldset className={pageClasses["group"]}>
      <legend className={pageClasses["legend"]}>{t("plan.groupPrices")}</legend>
      <p className={pageClasses["sectionLead"]}>{t("plan.pricesHelp")}</p>
      {prices.map((price, index) => (
        <PriceInput
          // oxlint-disable-next-line react/no-array-index-key -- a price that is being typed has no other name yet
          key={index}
          price={price}
          number={index + 1}
          isOnly={prices.length === 1}
          errorAt={(key) => errorAt(`prices[${index}].${key}`, price.id)}
          onChange={(next) => set(prices.with(index, next))}
          onRemove={() => set(prices.toSpliced(index, 1))}
        />
      ))}
      <div>
        <Button
          variant="default"
          leftSection={<IconPlus size={16} aria-hidden />}
          onClick={() => set([...prices, freshPrice])}
        >
          {t("plan.addPrice")}
        </Button>
      </div>
    </fieldset>
  );
}

type PriceProps = {
  readonly price: PlanPrice;
  readonly number: number;
  readonly isOnly: boolean;
  readonly errorAt: (key: string) => string | undefined;
  readonly onChange: (price: PlanPrice) => void;
  readonly onRemove: () => void;
};

function PriceInput({ price, number, isOnly, errorAt, onChange, onRemove }: PriceProps): ReactNode {
  const { t } = useTranslation();
  const { quantity: _quantity, ...withoutQuantity } = price;
  return (
    <div className={classes["price"]} role="group" aria-label={t("plan.priceNumber", { n: number })}>
      <div className={classes["priceMain"]}>
        <TextInput
          label={t("plan.priceId")}
          placeholder="price_…"
          value={price.id}
          spellCheck={false}
          error={errorAt("id")}
          onChange={(event) => onChange({ ...price, id: event.currentTarget.value.trim() })}
        />
        <ActionIcon
          variant="subtle"
          color="gray"
          size={36}
          disabled={isOnly}
          aria-label={t("plan.removePrice", { n: number })}
          onClick={onRemove}
        >
          <IconTrash size={18} aria-hidden />
        </ActionIcon>
      </div>
      <div className={classes["priceMore"]}>
        <TextInput
          label={t("plan.as")}
          value={price.as}
          maxLength={40}
          error={errorAt("as")}
          onChange={(event) => onChange({ ...price, as: event.currentTarget.value })}
        />
        <NumberInput
          label={t("plan.quantity")}
          placeholder={t("plan.carriedOver")}
          value={price.quantity ?? ""}
          min={1}
          allowDecimal={false}
          hideControls
          error={errorAt("quantity")}
          onChange={(value) => onChange(value === "" ? withoutQuantity : { ...price, quantity: Number(value) })}
        />
      </div>
      <Checkbox
        label={t("plan.optionalLabel")}
        description={t("plan.optionalHelp")}
        checked={price.optional}
        onChange={(event) => onChange({ ...price, optional: event.currentTarget.checked })}
      />
    </div>
  );
}
