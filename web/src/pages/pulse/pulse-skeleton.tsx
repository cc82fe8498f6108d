/** The page's outline while the first answer is on its way. */
import { Skeleton, VisuallyHidden } from "@mantine/core";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import classes from "./pulse-view.module.css";

const figures = ["a", "b", "c", "d", "e", "f"] as const;

/** Stands where the content will stand, so that nothing jumps when it comes; at rest while the server fails. */
export function PulseSkeleton({ loading }: { readonly loading: boolean }): ReactNode {
  const { t } = useTranslation();
  const bone = { className: classes["bone"] ?? "", animate: loading, radius: "md" };
  return (
    <div className={classes["page"]} aria-busy={loading}>
      {loading && <VisuallyHidden>{t("shell.loading")}</VisuallyHidden>}
      <div className={classes["top"]}>
        <Skeleton {...bone} height={34} width="min(520px, 90%)" mt={8} />
        <Skeleton {...bone} height={34} width="min(380px, 70%)" />
      </div>
      <Skeleton {...bone} height={400} radius={18} />
      <div className={classes["skeletons"]}>
        {figures.map((key) => (
          <Skeleton {...bone} key={key} height={72} />
        ))}
      </div>
    </div>
  );
}
