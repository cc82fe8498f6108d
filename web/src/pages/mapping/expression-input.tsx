/** An expression in CEL, with the check's answer under it and a mark at the place it speaks of. */
import { Select, Textarea } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { InputProps } from "./input-props.ts";
import { celPlaceOf } from "./cel-place.ts";
import classes from "./mapping.module.css";

const examples = [
  'profile.mrr >= 500.0 ? "key account" : "standard"',
  'profile.plan + " (" + profile.plan_interval + ")"',
];

/** The input; fields can be put in by name. */
export function ExpressionInput({ fields, attribute, onChange, errorAt }: InputProps): ReactNode {
  const { t } = useTranslation();
  const text = attribute.cel ?? "";
  const problem = errorAt("cel");
  const place = problem === undefined ? null : celPlaceOf(text, problem);
  return (
    <>
      <Textarea
        label={t("source.expression")}
        description={t("source.expressionHelp")}
        classNames={{ input: classes["code"] ?? "" }}
        value={text}
        maxLength={2000}
        autosize
        minRows={3}
        spellCheck={false}
        autoCapitalize="off"
        error={problem && <span lang="en">{problem}</span>}
        onChange={(event) => onChange({ ...attribute, cel: event.currentTarget.value })}
      />
      {place && (
        <pre className={classes["celPlace"]} aria-label={t("source.expressionPlace")} role="img">
          {place.before}
          <mark>{place.at === "" ? " " : place.at}</mark>
          {place.after}
        </pre>
      )}
      <Select
        label={t("source.insertField")}
        placeholder={t("source.fieldPlaceholder")}
        searchable
        data={fields.map(({ field }) => field)}
        value={null}
        nothingFoundMessage={t("source.fieldNone")}
        onChange={(field) => field !== null && onChange({ ...attribute, cel: joined(text, `profile.${field}`) })}
      />
      {text === "" && (
        <div className={classes["about"]}>
          <p>{t("source.examples")}</p>
          {examples.map((example) => (
            <button
              key={example}
              type="button"
              className={classes["example"]}
              onClick={() => onChange({ ...attribute, cel: example })}
            >
              <code>{example}</code>
            </button>
          ))}
        </div>
      )}
    </>
  );
}

function joined(text: string, addition: string): string {
  return text === "" || /\s$/.test(text) ? `${text}${addition}` : `${text} ${addition}`;
}
