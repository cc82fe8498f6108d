/** What stands in place of a page that threw: the way to sign in, or an apology with a way on. */
import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { lazy, Suspense, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { isSignedOut } from "../api/api-error.ts";
import { Mark } from "./mark.tsx";
import classes from "./shell.module.css";

const SignInPage = lazy(async () => ({ default: (await import("./sign-in-page.tsx")).SignInPage }));

/** The error component of every route. */
export function ProblemPage({ error }: ErrorComponentProps): ReactNode {
  const { t } = useTranslation();
  if (isSignedOut(error)) {
    return (
      <Suspense>
        <SignInPage />
      </Suspense>
    );
  }
  return (
    <div className={classes["solo"]}>
      <div className={classes["bird"]}>
        <Mark size={56} />
      </div>
      <h1>{t("problem.title")}</h1>
      <p>{t("problem.text")}</p>
      <Button onClick={() => window.location.reload()}>{t("problem.reload")}</Button>
    </div>
  );
}
