/** How exact a number is shown: as it is, rounded, or only the band that it lies in. */
import { NumberInput, Radio, TextInput } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Precision } from "../../../../contract/mapping.ts";
import pageClasses from "../../page/page.module.css";
import type { InputProps } from "./input-props.ts";
import { bandNames, readLimits } from "./bands.ts";
import classes from "./mapping.module.css";

const kinds = ["exact", "round", "bands"] as const;
type Kind = (typeof kinds)[number];

const fresh: Readonly<Record<Kind, Precision>> = {
  exact: "exact",
  round: { round: 10 },
  bands: { bands: [100, 500, 1000] },
};

/** The group. */
export function PrecisionInput({ attribute, onChange, errorAt }: InputProps): ReactNode {
  const { t } = useTranslation();
  const { precision } = attribute;
  const kind: Kind = precision === "exact" ? "exact" : "round" in precision ? "round" : "bands";
  const set = (next: Precision): void => onChange({ ...attribute, precision: next });
  return (
    <fieldset className={pageClasses["group"]}>
      <legend className={pageClasses["legend"]}>{t("attribute.groupPrecision")}</legend>
      <Radio.Group
        aria-label={t("attribute.groupPrecision")}
        value={kind}
        onChange={(value) => set(fresh[kinds.find((one) => one === value) ?? "exact"])}
      >
        <div className={classes["radios"]}>
          {kinds.map((value) => (
            <Radio
              key={value}
              value={value}
              label={t(`precision.${value}`)}
              description={t(`precision.${value}Help`)}
            />
          ))}
        </div>
      </Radio.Group>
      {precision !== "exact" && "round" in precision && (
        <NumberInput
          label={t("precision.step")}
          value={precision.round}
          min={0}
          hideControls
          error={errorAt("precision")}
          onChange={(value) => set({ round: Number(value) })}
        />
      )}
      {precision !== "exact" && "bands" in precision && (
        <BandsInput bands={precision.bands} locale={attribute.locale} error={errorAt("precision")} onChange={set} />
      )}
    </fieldset>
  );
}

type BandsProps = {
  readonly bands: readonly number[];
  readonly locale: "en" | "de";
  readonly error: string | undefined;
  readonly onChange: (precision: Precision) => void;
};

function BandsInput({ bands, locale, error, onChange }: BandsProps): ReactNode {
  const { t } = useTranslation();
  const [text, setText] = useState(bands.join("; "));
  const limits = readLimits(text);
  const type = (next: string): void => {
    setText(next);
    const read = readLimits(next);
    if (read) onChange({ bands: [...read] });
  };
  return (
    <>
      <TextInput
        label={t("precision.limits")}
        description={t("precision.limitsHelp")}
        value={text}
        inputMode="decimal"
        error={limits ? error : t("precision.limitsWrong")}
        onChange={(event) => type(event.currentTarget.value)}
      />
      {limits && limits.length > 0 && (
        <div>
          <p className={classes["hint"]}>{t("precision.preview")}</p>
          <ul className={classes["bands"]}>
            {bandNames(limits, locale).map((name) => (
              <li key={name}>{name}</li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
