/** Asks for the admin token when the server wants one. */
import { Button, PasswordInput } from "@mantine/core";
import { useState, type ReactNode, type SubmitEvent } from "react";
import { useTranslation } from "react-i18next";
import { isSignedOut } from "../api/api-error.ts";
import { signIn } from "../api/sign-in.ts";
import { Mark } from "./mark.tsx";
import classes from "./shell.module.css";

type Attempt = "idle" | "sending" | "wrong" | "unreachable";

/** The sign-in form; a right token sets the session cookie and loads the page anew. */
export function SignInPage(): ReactNode {
  const { t } = useTranslation();
  const [attempt, setAttempt] = useState<Attempt>("idle");

  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get("token");
    if (typeof token !== "string") return;
    setAttempt("sending");
    try {
      await signIn(token.trim());
      window.location.reload();
    } catch (error) {
      setAttempt(isSignedOut(error) ? "wrong" : "unreachable");
    }
  };

  return (
    <div className={classes["solo"]}>
      <div className={classes["bird"]}>
        <Mark size={56} />
      </div>
      <h1>{t("signIn.title")}</h1>
      <p>{t("signIn.intro")}</p>
      <form onSubmit={(event) => void submit(event)}>
        <PasswordInput
          name="token"
          label={t("signIn.token")}
          autoComplete="current-password"
          required
          autoFocus
          withAsterisk={false}
          size="md"
          error={attempt === "wrong" || attempt === "unreachable" ? t(`signIn.${attempt}`) : null}
        />
        <Button type="submit" size="md" loading={attempt === "sending"}>
          {t("signIn.submit")}
        </Button>
      </form>
    </div>
  );
}
