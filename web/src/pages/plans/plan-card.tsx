/** One plan: its prices, and who may change to it. */
import { IconPencil } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { PlanDefinition, PlanPrice } from "../../../../contract/plans.ts";
import { problemsWithin, sentence, type Problem } from "../../draft/problems.ts";
import { useFormat } from "../../format/use-format.ts";
import pageClasses from "../../page/page.module.css";
import classes from "./plans.module.css";

type Props = {
  readonly plan: PlanDefinition;
  readonly path: string;
  readonly isChanged: boolean;
  readonly problems: readonly Problem[];
  readonly nameOf: (planId: string) => string;
  readonly onEdit: () => void;
};

/** The card. */
export function PlanCard({ plan, path, isChanged, problems, nameOf, onEdit }: Props): ReactNode {
  const { t } = useTranslation();
  const { name, id, prices, offered, currency } = plan;
  return (
    <li className={classes["plan"]} data-off={!offered || undefined}>
      <div className={classes["planHead"]}>
        <div>
          <h2 className={classes["planName"]}>{name || t("plan.unnamed")}</h2>
          <code>{id}</code>
        </div>
        <button
          type="button"
          className={classes["edit"]}
          aria-label={t("attribute.editOne", { name: name || t("plan.unnamed") })}
          onClick={onEdit}
        >
          <IconPencil size={17} aria-hidden />
        </button>
      </div>
      <p className={classes["badges"]}>
        <span className={classes["badge"]} data-tone={offered ? "good" : undefined}>
          {t(offered ? "plan.offered" : "plan.notOffered")}
        </span>
        {currency !== undefined && <span className={classes["badge"]}>{currency.toUpperCase()}</span>}
        {isChanged && <span className={classes["badge"]}>{t("attribute.changed")}</span>}
      </p>
      <ul className={classes["prices"]}>
        {prices.map((price) => (
          <li key={price.id}>
            <code>{price.id}</code>
            <PriceWords price={price} />
          </li>
        ))}
      </ul>
      <Rules plan={plan} nameOf={nameOf} />
      {problemsWithin(problems, path).map(({ path: at, problem, severity }) => (
        <p key={`${at} ${problem}`} lang="en" className={pageClasses[severity]}>
          {sentence(problem)}
        </p>
      ))}
    </li>
  );
}

function PriceWords({ price }: { readonly price: PlanPrice }): ReactNode {
  const { t } = useTranslation();
  const words = [
    t("plan.counts", { as: price.as }),
    ...(price.quantity === undefined ? [] : [t("plan.always", { count: price.quantity })]),
    ...(price.optional ? [t("plan.optional")] : []),
  ];
  return <span>{words.join(" · ")}</span>;
}

function Rules({ plan, nameOf }: Pick<Props, "plan" | "nameOf">): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { eligibleFrom = [], notFrom, countries = [], includes } = plan;
  const names = (ids: readonly string[]): string => format.list(ids.map(nameOf));
  const rules = [
    ...(eligibleFrom.length > 0 ? [t("plan.onlyFrom", { plans: names(eligibleFrom) })] : []),
    ...(notFrom.length > 0 ? [t("plan.notFromText", { plans: names(notFrom) })] : []),
    ...(countries.length > 0 ? [t("plan.onlyIn", { countries: format.list(countries) })] : []),
    ...(includes.length > 0 ? [t("plan.includesText", { meters: format.list(includes) })] : []),
  ];
  return rules.map((rule) => (
    <p key={rule} className={classes["rule"]}>
      {rule}
    </p>
  ));
}
