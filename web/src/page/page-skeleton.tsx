/** The outline of a page with a head, tabs and rows, while its data is on the way. */
import { Skeleton, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./page.module.css";

const rows = ["a", "b", "c", "d", "e", "f", "g"] as const;

/** Stands where the content will stand, so that nothing jumps when it comes. */
export function PageSkeleton({ title }: { readonly title: string }): ReactNode {
  const { t } = useTranslation();
  const bone = { className: classes["bone"] ?? "", radius: "md" };
  return (
    <div className={classes["page"]} aria-busy>
      <VisuallyHidden component="h1">{title}</VisuallyHidden>
      <VisuallyHidden>{t("shell.loading")}</VisuallyHidden>
      <div className={classes["stack"]}>
        <Skeleton {...bone} height={34} width={220} mt={8} />
        <Skeleton {...bone} height={20} width="min(560px, 90%)" />
      </div>
      <Skeleton {...bone} height={40} />
      <div className={classes["stack"]}>
        {rows.map((key) => (
          <Skeleton {...bone} key={key} height={56} />
        ))}
      </div>
    </div>
  );
}
