/** What is wrong at an input, in words. */
import { useTranslation } from "react-i18next";
import { errorsAt, isMissing, sentence, type Problem } from "../draft/problems.ts";

/** A function that answers the text under an input; undefined while nothing is wrong there. */
export function useErrorText(): (problems: readonly Problem[], path: string) => string | undefined {
  const { t } = useTranslation();
  return (problems, path) => {
    const errors = errorsAt(problems, path);
    if (errors.length === 0) return undefined;
    return errors.map((problem) => (isMissing(problem) ? t("form.missing") : sentence(problem))).join(" ");
  };
}
