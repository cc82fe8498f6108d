/** How soon a change leaves, and what happens when somebody else writes to the attribute. */
import { Radio } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import pageClasses from "../../page/page.module.css";
import type { InputProps } from "./input-props.ts";
import classes from "./mapping.module.css";

const lanes = ["normal", "urgent"] as const;
const ownerships = ["dunlin", "shared"] as const;

/** The group. */
export function BehaviourInput({ attribute, onChange }: InputProps): ReactNode {
  const { t } = useTranslation();
  return (
    <fieldset className={pageClasses["group"]}>
      <legend className={pageClasses["legend"]}>{t("attribute.groupBehaviour")}</legend>
      <Radio.Group
        label={t("attribute.lane")}
        value={attribute.lane}
        onChange={(value) => onChange({ ...attribute, lane: lanes.find((one) => one === value) ?? "normal" })}
      >
        <div className={classes["radios"]}>
          {lanes.map((value) => (
            <Radio
              key={value}
              value={value}
              label={t(`attribute.lanes.${value}`)}
              description={t(`attribute.lanes.${value}Help`)}
            />
          ))}
        </div>
      </Radio.Group>
      <Radio.Group
        label={t("attribute.ownership")}
        value={attribute.ownership}
        onChange={(value) => onChange({ ...attribute, ownership: ownerships.find((one) => one === value) ?? "dunlin" })}
      >
        <div className={classes["radios"]}>
          {ownerships.map((value) => (
            <Radio
              key={value}
              value={value}
              label={t(`attribute.ownerships.${value}`)}
              description={t(`attribute.ownerships.${value}Help`)}
            />
          ))}
        </div>
      </Radio.Group>
    </fieldset>
  );
}
