/** A value of an attribute as people write it. */
import { useTranslation } from "react-i18next";
import { readValue } from "../../format/read-value.ts";
import { useFormat } from "../../format/use-format.ts";

type Value = string | number | boolean | null;
type Line = { readonly name: string; readonly type?: string };

/** A function that writes a value; dates are known by the attribute's type or, without one, by its name. */
export function useValueText(): (line: Line, value: Value) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ name, type }, value) => {
    if (value === null || value === "") return t("feed.empty");
    if (typeof value === "boolean") return t(value ? "value.yes" : "value.no");
    if (typeof value === "string") return value;
    // What ends in _at is read as a time.
    const read = readValue(type === "date" ? "_at" : type === undefined ? name : "", String(value));
    if (read.kind === "day") return format.day(read.at);
    return read.kind === "moment" ? format.moment(read.at) : format.quantity(value);
  };
}
