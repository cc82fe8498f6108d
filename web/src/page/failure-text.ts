/** Why a call failed, in a sentence for the person who made it. */
import { useTranslation } from "react-i18next";
import { ApiError } from "../api/api-error.ts";

/** A function that explains an error; what the server says of itself is passed on as it is. */
export function useFailureText(): (error: Error) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t("problem.text");
    switch (error.kind) {
      case "unreachable":
        return `${t("reach.unreachable")}. ${t("page.tryAgain")}`;
      case "unreadable":
        return `${t("reach.unreadable")}. ${t("reach.unreadableText")}`;
      case "signed-out":
        return t("page.signedOut");
      case "refused":
        return error.code === "DOCUMENT_CHANGED" ? t("page.documentChanged") : error.message;
    }
  };
}
